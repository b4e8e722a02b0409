/* Grants as the entries' parts make them: what was given and not yet taken. */
#include <stdio.h>
#include <string.h>

#include "audit/trail.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/money.h"

static bool
expires_before(nd_time a, nd_time b)
{
    if (a.ms == 0) {
        return false;
    }
    return b.ms == 0 || a.ms < b.ms;
}

/* An entry's sign gives the direction of its parts; a reconciliation only drops grants. */
static bool
takes(const nd_entry *entry)
{
    return entry->amount.nano < 0 || entry->type.at == ND_ENTRY_RECONCILE;
}

static uint32_t
place_of(const nd_trail *trail, nd_time expires)
{
    uint32_t at = 0;
    while (at < trail->grant_count && expires_before(trail->grants[at].expires, expires)) {
        at++;
    }
    return at;
}

static bool
stands_at(const nd_trail *trail, uint32_t at, nd_time expires)
{
    return at < trail->grant_count && trail->grants[at].expires.ms == expires.ms;
}

/* false: there is no room, or no sum. */
static bool
give(nd_trail *trail, const nd_part *part)
{
    uint32_t at = place_of(trail, part->expires);
    if (stands_at(trail, at, part->expires)) {
        return nd_money_add(trail->grants[at].amount, part->amount, &trail->grants[at].amount);
    }
    if (trail->grant_count == ND_GRANTS_MAX) {
        return false;
    }
    memmove(&trail->grants[at + 1], &trail->grants[at],
            (trail->grant_count - at) * sizeof(trail->grants[0]));
    trail->grants[at] = *part;
    trail->grant_count++;
    return true;
}

/* false: it is not there. */
static bool
take(nd_trail *trail, const nd_part *part)
{
    uint32_t at = place_of(trail, part->expires);
    if (!stands_at(trail, at, part->expires) || trail->grants[at].amount.nano < part->amount.nano) {
        return false;
    }
    trail->grants[at].amount.nano -= part->amount.nano;
    if (trail->grants[at].amount.nano == 0) {
        trail->grant_count--;
        memmove(&trail->grants[at], &trail->grants[at + 1],
                (trail->grant_count - at) * sizeof(trail->grants[0]));
    }
    return true;
}

static void
say_grant(char *text, size_t size, const char *verb, nd_time expires, nd_money amount)
{
    char money[ND_MONEY_TEXT];
    char time[ND_TIME_TEXT] = "never";
    nd_money_format(amount, money);
    if (expires.ms != 0) {
        nd_time_format(expires, time);
    }
    snprintf(text, size, "%s%s USD that expire %s", verb, money, time);
}

static nd_money
left_of(const nd_trail *trail, nd_time expires)
{
    uint32_t at = place_of(trail, expires);
    return stands_at(trail, at, expires) ? trail->grants[at].amount : (nd_money){0};
}

void
nd_trail_grants(nd_trail *trail, nd_proof *proof, const nd_entry *entry)
{
    const nd_part *parts = entry->parts.items;
    for (uint32_t i = 0; i < entry->parts.count; i++) {
        bool taken = takes(entry);
        if (parts[i].amount.nano > 0 && (taken ? take(trail, &parts[i]) : give(trail, &parts[i]))) {
            continue;
        }
        const nd_place place = {trail->account, entry->seq, entry->id};
        char expected[96];
        char found[96];
        say_grant(expected, sizeof(expected), taken ? "at most " : "", parts[i].expires,
                  left_of(trail, parts[i].expires));
        say_grant(found, sizeof(found), taken ? "took " : "gave ", parts[i].expires,
                  parts[i].amount);
        nd_problem(proof->problems, &place, "grants", expected, found);
        trail->lost = true; /* what comes behind would only repeat it */
        return;
    }
}

void
nd_trail_compare_grants(const nd_trail *trail, nd_proof *proof, const nd_economy *economy)
{
    const nd_place place = {trail->account, economy->seq, nd_id_none};
    const nd_grant *grants = economy->grants.items;
    uint32_t most =
        trail->grant_count > economy->grants.count ? trail->grant_count : economy->grants.count;
    for (uint32_t i = 0; i < most; i++) {
        char expected[96] = "no grant";
        char found[96] = "no grant";
        bool ours = i < trail->grant_count;
        bool theirs = i < economy->grants.count;
        if (ours && theirs && trail->grants[i].expires.ms == grants[i].expires.ms &&
            trail->grants[i].amount.nano == grants[i].amount.nano) {
            continue;
        }
        if (ours) {
            say_grant(expected, sizeof(expected), "", trail->grants[i].expires,
                      trail->grants[i].amount);
        }
        if (theirs) {
            say_grant(found, sizeof(found), "", grants[i].expires, grants[i].amount);
        }
        nd_problem(proof->problems, &place, "grants", expected, found);
        return;
    }
}
