/* The law of an account's credit: what may be taken, what is given, in which order. Pure functions
 * on records; an operation that is refused has changed nothing. One file a thing that can happen:
 * credit.c, bonus.c, debit.c, refund.c, markers.c (exp, void), hold.c, expiry.c, and the rules that they share. */
#ifndef ND_USER_ECONOMY_USER_ECONOMY_H
#define ND_USER_ECONOMY_USER_ECONOMY_H

#include "core/crypto.h"
#include "core/error.h"
#include "core/memory.h"
#include "transactions/transactions.h"
#include "user_economy/record.h"

/* ---- the account (account.c) --------------------------------------------------------------- */

/* An account's first document. */
void nd_economy_birth(nd_economy *account, nd_id id, const nd_law *law);
/* credit - held + limit: what a debit or a hold may take. May be negative. */
nd_money nd_economy_available(const nd_economy *account);
/* What of the credit was given. */
nd_money nd_economy_given(const nd_economy *account);
/* What status allows. Spending: debit, start, bonus. Paying in: credit. DENIED with a reason. */
ND_MUST noema_status nd_economy_may_spend(const nd_economy *account, noema_error *error);
ND_MUST noema_status nd_economy_may_receive(const nd_economy *account, noema_error *error);
/* Puts the account's side into an entry that was begun, and the entry's amount and exp into the
 * account. The caller has checked both. */
void nd_economy_book(nd_economy *account, const nd_law *law, nd_money amount, nd_entry *entry);
/* LIMIT when the sum leaves what can be counted. */
ND_MUST noema_status nd_economy_can_add(const nd_economy *account, nd_money amount,
                                        noema_error *error);
ND_MUST noema_status nd_economy_can_gain(const nd_economy *account, int64_t exp,
                                         noema_error *error);
/* A write that moves no money: the version is the lock. */
void nd_economy_touch(nd_economy *account, const nd_law *law);
/* INSUFFICIENT_FUNDS, with what is needed and what is available; field: what asked for it. */
ND_MUST noema_status nd_economy_short(const nd_economy *account, nd_money needed, const char *field,
                                      noema_error *error);

/* ---- grants (grants.c) --------------------------------------------------------------------- */

/* Takes amount from grants, earliest expiry first; the parts taken go to the entry. What grants do
 * not have is bought credit's. */
void nd_grants_burn(nd_economy *account, const nd_law *law, nd_money amount, nd_entry *entry);
bool nd_grants_have_room(const nd_economy *account, nd_time expires);
/* Gives amount to the grant of that expiry. When there is none, and no room for one more, to the
 * nearest later one, or the last. The part goes to the entry. */
void nd_grants_give(nd_economy *account, const nd_law *law, nd_time expires, nd_money amount,
                    nd_entry *entry);

/* ---- what can happen ----------------------------------------------------------------------- */

ND_MUST noema_status nd_economy_credit(nd_economy *account, const nd_law *law,
                                       const nd_request *request, nd_entry *entry,
                                       noema_error *error);
ND_MUST noema_status nd_economy_bonus(nd_economy *account, const nd_law *law,
                                      const nd_request *request, nd_entry *entry,
                                      noema_error *error);
ND_MUST noema_status nd_economy_debit(nd_economy *account, const nd_law *law,
                                      const nd_request *request, nd_entry *entry,
                                      noema_error *error);
/* refunded: what earlier refunds of the original sum up to. */
ND_MUST noema_status nd_economy_refund(nd_economy *account, const nd_law *law,
                                       const nd_request *request, const nd_entry *original,
                                       nd_money refunded, nd_entry *entry, noema_error *error);
ND_MUST noema_status nd_economy_add_exp(nd_economy *account, const nd_law *law,
                                        const nd_request *request, nd_entry *entry,
                                        noema_error *error);
/* Takes the key, so that it is never applied. */
void nd_economy_void(nd_economy *account, const nd_law *law, const nd_request *request,
                     nd_entry *entry);
/* Of a payment: an entry of nobody, outside every chain. */
void nd_economy_void_payment(const nd_law *law, const nd_request *request, nd_entry *entry);

/* Writes off one grant that has expired, as far as open holds do not need it. false: none is due. */
bool nd_economy_expire(nd_economy *account, const nd_law *law, nd_entry *entry);
/* What is due would take off the credit, for a balance that is only read. */
nd_money nd_economy_due(const nd_economy *account, nd_time now);

/* A hold writes no entry. */
ND_MUST noema_status nd_economy_hold(nd_economy *account, const nd_law *law, nd_money amount,
                                     noema_error *error);
/* Closes a hold of `open`, of which `charge` (or more) is taken: the entry is begun by the caller;
 * NULL when neither money nor exp moves. */
void nd_economy_close_hold(nd_economy *account, const nd_law *law, nd_money open, nd_money charge,
                           nd_entry *entry);

/* ---- proof (seal.c, invariants.c) ----------------------------------------------------------- */

/* Over every field that authorises spending. */
nd_seal nd_economy_seal(const nd_economy *account, const nd_hash_key *key);
/* NULL: sound. Otherwise a sentence that says which rule is broken. */
const char *nd_economy_unsound(const nd_economy *account);

#endif
