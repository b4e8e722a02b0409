/* Entries against what they name: the run that they charge, the entry that they give back. */
#ifndef ND_AUDIT_REFERENCES_H
#define ND_AUDIT_REFERENCES_H

#include "audit/problems.h"
#include "audit/store.h"
#include "core/id.h"
#include "workflow_executions/record.h"

typedef struct nd_references {
    nd_base *base;
    nd_deadline deadline;
    nd_problems *problems;
    nd_arena *arena;           /* of the page */
    const nd_economy *economy; /* of the account; knows who was merged into it */
    nd_idmap *reported;        /* entries of which too much was refunded */
    nd_list entries;           /* of const nd_entry *: those of the page that name something */
} nd_references;

/* Notes an entry that names a run or another entry; it must live as long as the page. */
void nd_references_note(nd_references *references, const nd_entry *entry);
/* Looks up what the noted ones name, compares, and forgets them. */
ND_MUST noema_status nd_references_check(nd_references *references, noema_error *error);

/* ---- the rules, without a server ----------------------------------------------------------------- */

/* run NULL: there is none. refunded: what the charge's refunds sum up to. */
void nd_references_charge(const nd_references *references, const nd_entry *entry, const nd_run *run,
                          nd_money refunded);
/* original NULL: there is none. true: it can be refunded, so that its sum matters. */
bool nd_references_refund(const nd_references *references, const nd_entry *entry,
                          const nd_entry *original);
/* Entries' refunds, oldest first: names the one that went beyond. taken: what may be given back.
 * false: none did. */
bool nd_references_beyond(const nd_references *references, const nd_list *refunds, nd_money taken);

#endif
