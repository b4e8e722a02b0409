/* The people of the demo: where they come from, how much each of them asks for, and what they buy. */
#ifndef DEMO_PEOPLE_H
#define DEMO_PEOPLE_H

#include "stage.h"

enum { WHO, WHICH, STARTED_TWICE, SETTLED_TWICE, OUTCOME, DURATION, REFUNDED }; /* for dice() */
enum { POOR = 2 };
#define WELCOME (50 * NOEMA_USD / 100)

typedef struct person {
    char handle[48];
    noema_id id;
    noema_money buys;
    _Atomic noema_money bought, given, used, refunded; /* what this program was told */
    noema_balance now;
} person;

static noema_db *db;
static person *people;
static double *zipf; /* running sum of the weights of all but the two busiest */
static struct {
    atomic_long arrivals, payments, bonuses, starts, settlements, refunds;
} absorbed;

/* One person sends 66 % of all messages, one 18 %, the others by Zipf's law with exponent 0.99. */
static uint32_t
who_sends(size_t message)
{
    uint64_t share = dice(WHO, message) % 100;
    if (share < 84) {
        return share < 66 ? 0 : 1;
    }
    uint32_t low = 2, high = plan.accounts - 1;
    double point = (double)(dice(WHICH, message) >> 11) * 0x1p-53 * zipf[high];
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (zipf[middle] > point) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Everybody buys what their runs can cost at most, and a dollar; one buys far too little. */
static noema_money
credit_for(uint32_t who)
{
    double share = who == 0   ? 0.66
                   : who == 1 ? 0.18
                              : 0.16 * (zipf[who] - zipf[who - 1]) / zipf[plan.accounts - 1];
    int64_t cents = (int64_t)(share * plan.runs * 5);
    cents = who == POOR ? 10 + cents / 5 : cents - cents % 100 + 200;
    return cents * (NOEMA_USD / 100);
}

static void
make_people(void)
{
    double weight = 1;
    people = allocate(plan.accounts, sizeof *people);
    zipf = allocate(plan.accounts, sizeof *zipf);
    for (uint32_t i = 2; i < plan.accounts; i++) {
        weight *= i == 2 ? 1 : 1 - 0.99 / (i - 1); /* (1 - 1/k)^0.99, to the first order */
        zipf[i] = zipf[i - 1] + weight;
    }
    for (uint32_t i = 0; i < plan.accounts; i++) {
        char *handle = people[i].handle;
        size_t size = sizeof people[i].handle;
        unsigned number = 4242 + i;
        if (i % 3 == 0) {
            snprintf(handle, size, "telegram:%u", number);
        } else if (i % 3 == 1) {
            snprintf(handle, size, "discord:803511102246%06u", number);
        } else {
            snprintf(handle, size, "web:user-%u", number);
        }
        people[i].buys = credit_for(i);
    }
}

static void
arrive_once(delivery *one)
{
    noema_account account;
    do {
        one->status = noema_account_ensure(db, people[one->at].handle, &account, &one->error);
    } while (ask_again(one));
    one->made = account.id;
    one->repeat = account.created == 0;
}

static void
arrive(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        people[i].id = deliver(arrive_once, i, 3, &absorbed.arrivals).made;
    }
}

/* ---- and buy credit ------------------------------------------------------------------------------ */

static void
keep_receipt(delivery *one)
{
    one->made = one->receipt.entry;
    one->repeat = (one->receipt.flags & NOEMA_REPLAYED) != 0;
}

/* The webhook of a payment. */
static void
pay_once(delivery *one)
{
    char payment[64];
    const person *who = &people[one->at];
    const noema_command options = {.size = sizeof options, .description = "credit bought"};
    snprintf(payment, sizeof payment, "stripe:pi_%06zu", one->at);
    do {
        one->status = noema_economy_credit(db, &who->id, who->buys, payment, &options,
                                           &one->receipt, &one->error);
    } while (ask_again(one));
    keep_receipt(one);
}

static void
welcome_once(delivery *one)
{
    const noema_command options = {.size = sizeof options, .description = "welcome bonus"};
    do {
        one->status = noema_economy_bonus(db, &people[one->at].id, WELCOME, "welcome", &options,
                                          &one->receipt, &one->error);
    } while (ask_again(one));
    keep_receipt(one);
}

static void
pay(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        people[i].bought += deliver(pay_once, i, 3, &absorbed.payments).receipt.amount;
        if (i % 5 == 3) {
            people[i].given += deliver(welcome_once, i, 2, &absorbed.bonuses).receipt.amount;
        }
    }
}

#endif
