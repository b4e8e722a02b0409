/* Between the verdicts (faults.c) and the words for them (fault_words.c). */
#ifndef ND_BASE_FAULTS_PRIVATE_H
#define ND_BASE_FAULTS_PRIVATE_H

#include "base/base_private.h"

/* What an error code is about. */
typedef enum nd_nature {
    ND_NATURE_OTHER,
    ND_NATURE_DUPLICATE,
    ND_NATURE_DOCUMENT,
    ND_NATURE_PRIVILEGE,
    ND_NATURE_LOGIN,
    ND_NATURE_AGAIN,       /* refused, and would do better in a moment */
    ND_NATURE_NOT_PRIMARY, /* refused before it began */
    ND_NATURE_BROKEN_OFF,  /* interrupted: it may have got anywhere */
    ND_NATURE_TIME,        /* maxTimeMS: the same */
    ND_NATURE_DISK,
    ND_NATURE_NO_SET,
    ND_NATURE_COUNT
} nd_nature;

/* What an error and a reply say; scrubbed. */
typedef struct nd_facts {
    bool answered;       /* the server did */
    bool concern_failed; /* written, but no majority has confirmed it */
    bool transient;      /* labels */
    bool unknown_commit;
    nd_nature nature;
    int32_t code;
    int32_t statement;
    char key[sizeof((nd_outcome *)0)->key];
    char message[sizeof((bson_error_t *)0)->message];
} nd_facts;

void nd_fault_tell(nd_phase phase, nd_fault fault, const nd_facts *facts, noema_error *error);

#endif
