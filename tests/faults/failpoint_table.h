/* The table of server faults: command x fault x how often. */
#ifndef ND_TEST_FAULTS_FAILPOINT_TABLE_H
#define ND_TEST_FAULTS_FAILPOINT_TABLE_H

#include "faults/trial.h"

typedef enum failpoint_share {
    FAILPOINT_FEW,  /* once each, and on the commit what is worst until the deadline */
    FAILPOINT_MOST, /* all but those that cost a second a time, if it is not the commit */
    FAILPOINT_ALL
} failpoint_share;

/* Runs an operation (TRIAL_...) under the faults of the table; then checks the ledger. */
void failpoint_table_run(bank *at, int operation, failpoint_share share);

#endif
