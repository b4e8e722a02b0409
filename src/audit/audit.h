/* The proof of the ledger. Reads, and reports; repairs nothing. */
#ifndef ND_AUDIT_AUDIT_H
#define ND_AUDIT_AUDIT_H

#include "base/base.h"
#include "core/json.h"

/* One call of the proof, of an account (none: all, by pages). page: "next" of the call before, or
 * NULL; a call ends early, and says where to go on, when its deadline comes near. checkpoints: an
 * array of what nd_checkpoint gave, or NULL: finds a tail that was cut off. *report is
 * {"accounts": n, "entries": n, "problems": [{"account", "seq", "entry", "rule", "expected",
 * "found"}], "more": n (problems beyond the 1,000 listed), "keyed": bool, "asOf": time,
 * "checkpoints": n that hold, "next": text or null}; yours, nd_json_free.
 * OK: proved. CORRUPT: the report names every break, and is given, too. INVALID names "page" or
 * "checkpoints.3.head". The rules are
 *   seal        somebody else wrote the account's document
 *   decode      a value can't be read as what it must be
 *   unsound     the account's document breaks a rule of the law
 *   held        heldUsd is the sum of the open holds
 *   seq         entries are counted from 1 without a gap; one is missing, foreign, or out of place
 *   chain       an entry's hash is that of its bytes behind the entry before
 *   balance     an entry begins at the balance where the one before ended
 *   id          an entry's _id is made of its account and key
 *   document    the document says what its entries say: seq, headAt, usdCredit, exp
 *   head        its head is the newest entry's hash
 *   limit       its overdraft limit is the last one that was set
 *   grants      its grants are what the entries gave and took
 *   refund      no more is given back than was taken
 *   run         a run says what its entries say
 *   checkpoint  what was the head once is still there */
ND_MUST noema_status nd_verify(nd_base *base, nd_deadline deadline, nd_id account, const char *page,
                               const nd_json *checkpoints, nd_json **report, noema_error *error);

/* {"account", "seq", "head", "time"} of the newest entry that the majority has; yours. NOT_FOUND:
 * the account has no entries. CORRUPT, reason SEAL: what is stored is no state to come back to. */
ND_MUST noema_status nd_checkpoint(nd_base *base, nd_deadline deadline, nd_id account,
                                   nd_json **checkpoint, noema_error *error);

#endif
