/* noemadb.h: accounts, prepaid credit, ledger and paid runs of Noema, kept in MongoDB.
 *
 * A first program (examples/first.c; built and run by the tests):
 *
 *     noema_error error;
 *     noema_db *db = NULL;
 *     noema_account user;
 *     noema_receipt paid;
 *     if (noema_open(NULL, &db, &error) != NOEMA_OK ||
 *         noema_install(db, false, NULL, &error) != NOEMA_OK ||
 *         noema_account_ensure(db, "telegram:4242", &user, &error) != NOEMA_OK ||
 *         noema_economy_credit(db, &user.id, 5 * NOEMA_USD, "stripe:pi_1", NULL, &paid, &error) !=
 *             NOEMA_OK) {
 *         fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
 *     }
 *     noema_close(db);
 *
 * Promises
 *  1. NOEMA_OK from a call that moves money: committed by a journaled majority, so durable through
 *     kill -9 and failover.
 *  2. Each money call carries a key. A key of an account is applied at most once, for ever; a
 *     payment (credit) at most once over all accounts. Asked again with the same request you get
 *     the first result (NOEMA_REPLAYED); with another one, KEY_REUSED.
 *  3. A money call ends as done, refused (nothing happened), or OUTCOME_UNKNOWN: then ask again with
 *     the same key, or noema_economy_find / _void it. There is no fourth way.
 *  4. A balance that this library did not write is not spent: CORRUPT, until somebody reconciles it.
 *  5. A money call ends within its deadline (timeout_ms of the call, else the option "timeout_ms",
 *     else 15 s); another call at most one socket time-out (2.5 s) later.
 *
 * Conventions
 *  - Order: handle, inputs, options, outputs, noema_error last. Only options and error may be NULL.
 *  - Inputs are borrowed for the call. What comes through noema_x ** is yours: noema_x_free. What a
 *    getter returns belongs to its object. Every _free and noema_close accept NULL.
 *  - Input structs start with `size` = sizeof the struct; all other members zero = default. A member
 *    that the call or the kind does not use must be zero, else INVALID names it. Of an array, all
 *    elements have the first one's size.
 *  - Output structs need no preparation: they end in a reserved tail, so they can grow.
 *  - A refused call leaves its outputs zeroed, except where stated; a receipt always has its status.
 *  - noema_db may be used from any thread; every other object by one thread at a time. After fork()
 *    the child gets FORKED. The library installs no signal handler and prints nothing.
 *
 * Caveats
 *  - Needs a replica set or sharded cluster: a standalone server is refused. One slow disk is one
 *    slow ledger.
 *  - A writer that does not use this library can break the promises, and verify will say so.
 *  - Open one noema_db a process: two are safe, but they fight over hot accounts.
 *  - Running out of memory ends the process, except where NO_MEMORY is said.
 *  - Kinds and members that are declared here and answer UNSUPPORTED are not built in this version:
 *    REVERSE, TRANSFER, ADJUST, RECONCILE, SET_OVERDRAFT_LIMIT, API key budgets, leases, steps of
 *    runs, delivery. Their numbers and places are final.
 */
#ifndef NOEMADB_H
#define NOEMADB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define NOEMA_API __attribute__((visibility("default")))
#define NOEMA_MUST __attribute__((visibility("default"), warn_unused_result))
#else
#define NOEMA_API
#define NOEMA_MUST
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version ---------------------------------------------------------------------------- */
#define NOEMA_VERSION_NUMBER 0x000100          /* 0.1.0 */
NOEMA_API uint32_t noema_version_number(void); /* of the library loaded: compare with the macro */
NOEMA_API const char *noema_version(void);     /* "0.1.0 (mongo-c-driver 1.23.1, ...)", static */

/* ---- status and error ------------------------------------------------------------------- */
typedef int32_t noema_status;
enum {
    NOEMA_OK = 0,
    NOEMA_INVALID = -1,            /* your input; error.field names it. Nothing happened. */
    NOEMA_NOT_FOUND = -2,          /* no such account, entry, run, document */
    NOEMA_INSUFFICIENT_FUNDS = -3, /* error.needed and error.available say by how much */
    NOEMA_KEY_REUSED = -4,         /* key known with another request; error.field: what differs */
    NOEMA_ILLEGAL_TRANSITION = -5, /* the run or account is in a state that does not allow it */
    NOEMA_TAKEN = -6,              /* handle, wallet or payment belongs to another account */
    NOEMA_DENIED = -7,             /* account or API key may not: error.reason = SUSPENDED, REVOKED,
                                      EXPIRED, SCOPE, MERGED, ERASED, LAST_IDENTITY, BUDGET */
    NOEMA_LIMIT = -8,              /* a bound of the library; error.field and message name it */
    NOEMA_CONFLICT = -9,           /* if_version or an expected value does not match */
    NOEMA_OWNED = -10,             /* generic write to a collection that the library owns */
    NOEMA_CORRUPT = -11,           /* a stored value that can't be read as what it must be, or, with
                                      reason SEAL, that somebody else wrote */
    NOEMA_UNAVAILABLE = -12,       /* no primary, refused, bad credentials. Nothing happened. */
    NOEMA_TIMEOUT = -13,           /* the deadline passed. Nothing happened. */
    NOEMA_OUTCOME_UNKNOWN = -14,   /* it may or may not have happened: same key, again */
    NOEMA_BUSY = -15,              /* queue full; error.retry_after_ms */
    NOEMA_UNSUPPORTED = -16,       /* this server, this build, this ledger key, not installed:
                                      error.reason says which */
    NOEMA_FORKED = -17,            /* handle made in another process */
    NOEMA_CLOSED = -18,            /* the handle is closing */
    NOEMA_NO_MEMORY = -19,
    NOEMA_INTERNAL = -20, /* a bug of ours: please report */
    NOEMA_CANCELLED = -21 /* taken out of the queue at the caller's wish. Nothing happened. */
};
enum { NOEMA_RETRYABLE = 1 }; /* error.flags: the same call may succeed later, unchanged */

/* Yours, on your stack; every function overwrites it whole. No secret is ever in it. */
typedef struct noema_error {
    noema_status status;
    uint32_t flags;
    int32_t server_code; /* MongoDB's, 0 if none */
    uint32_t retry_after_ms;
    int64_t needed; /* nano-USD, with INSUFFICIENT_FUNDS */
    int64_t available;
    char reason[32];   /* stable word, finer than the status; "" if none */
    char field[64];    /* the argument: "amount", "metadata.chat.id"; "" if none */
    char message[256]; /* one line of UTF-8 for a log: "amount: must be positive" */
    int64_t reserved[4];
} noema_error;

NOEMA_API const char *noema_status_name(noema_status status); /* "INSUFFICIENT_FUNDS", static */
NOEMA_API const char *noema_status_text(noema_status status); /* one line for people, static */

/* ---- values ----------------------------------------------------------------------------- */
typedef int64_t noema_money; /* nano-USD: 1 USD = 1,000,000,000. Range +-9,000,000,000 USD. */
typedef int64_t noema_time;  /* milliseconds since 1970 UTC; 0 = not set */
#define NOEMA_USD INT64_C(1000000000)
NOEMA_API noema_money noema_money_usd(void); /* twin of NOEMA_USD */

/* 24 lower hex digits and NUL: prints with %s, compares with strcmp; "" = none. A type of its own,
   so that a key or a handle can't stand where an id belongs. */
typedef struct noema_id {
    char text[25];
} noema_id;

NOEMA_MUST noema_status noema_id_parse(const char *text, noema_id *id, noema_error *error);
/* "0.25", "1200", up to nine decimals, no sign, no exponent. */
NOEMA_MUST noema_status noema_money_parse(const char *text, noema_money *amount,
                                          noema_error *error);
/* Shortest plain text, "-0.25"; size 32 always suffices. Returns the length needed; "" if it does
   not fit. */
NOEMA_API size_t noema_money_format(noema_money amount, char *text, size_t size);
/* rate per unit * quantity / per, exact, rounded half up to a nano-USD: 12.4 s at 0.000337 USD/s
   = noema_money_multiply(337000, 12400, 1000). So that no price is ever computed in doubles. */
NOEMA_MUST noema_status noema_money_multiply(noema_money rate, int64_t quantity, int64_t per,
                                             noema_money *price, noema_error *error);
NOEMA_API void noema_free(void *memory); /* for char * results, and nothing else */

/* ---- documents and lists: what is read ---------------------------------------------------- */
typedef struct noema_document noema_document;
typedef struct noema_list noema_list;
/* Plain JSON: ids as hex text, money as decimal text, times as ISO 8601. Valid until _free. */
NOEMA_API const char *noema_document_json(const noema_document *document);
/* By JSON Pointer (RFC 6901), "/wallets/0/address", "/preferences/Flux 1.1 Pro/steps". false:
   absent, null, or another type. */
NOEMA_API bool noema_document_text(const noema_document *document, const char *path,
                                   const char **value);
NOEMA_API bool noema_document_integer(const noema_document *document, const char *path,
                                      int64_t *value);
NOEMA_API bool noema_document_money(const noema_document *document, const char *path,
                                    noema_money *value);
NOEMA_API bool noema_document_time(const noema_document *document, const char *path,
                                   noema_time *value);
NOEMA_API bool noema_document_bool(const noema_document *document, const char *path, bool *value);
NOEMA_API void noema_document_free(noema_document *document);

NOEMA_API size_t noema_list_count(const noema_list *list);
NOEMA_API const noema_document *noema_list_at(const noema_list *list, size_t index); /* borrowed */
NOEMA_API const char *noema_list_next(const noema_list *list); /* page token; NULL: the last page */
NOEMA_API const char *noema_list_json(const noema_list *list); /* {"items":[...],"next":...} */
NOEMA_API void noema_list_free(noema_list *list);

/* One shape for every list. Pages are stable while entries arrive; from is in, to is out. */
typedef struct noema_query {
    uint32_t size;
    uint32_t limit;   /* 1-500; 0 = 50 */
    noema_id account; /* whose; "" is INVALID unless all_accounts is 1 */
    uint32_t all_accounts;
    uint32_t reserved;
    noema_time from, to;
    const char *types; /* entry types or run states, comma between; NULL = all */
    const char *tool;
    const char *page; /* noema_list_next of the page before; NULL = the first, newest */
} noema_query;

/* ---- open, install, close --------------------------------------------------------------- */
typedef struct noema_db noema_db;
typedef struct noema_options noema_options;
enum { NOEMA_LOG_ERROR = 1, NOEMA_LOG_WARN, NOEMA_LOG_INFO, NOEMA_LOG_DEBUG };
typedef void (*noema_log_hook)(void *context, int32_t level, const char *room, const char *message);

NOEMA_API noema_options *noema_options_new(void); /* NULL: no memory */
/* By name, so that an option never changes the ABI: uri, database ("noema"), app_name, actor,
   timeout_ms, pool_size, queue_capacity, committers, reaper (on|off), allow_plaintext (tests).
   INVALID lists the names and says what is wrong with a value. What is not set comes from the
   environment (NOEMA_MONGODB_URI, NOEMA_DATABASE, NOEMA_ACTOR...), then from the defaults:
   noema_operations_json describes them all. */
NOEMA_MUST noema_status noema_options_set(noema_options *options, const char *name,
                                          const char *value, noema_error *error);
/* ledger_key, api_pepper: at least 32 bytes, copied to locked memory; one newline behind them does
   not count. From the environment only as files that others can't read: NOEMA_LEDGER_KEY_FILE,
   NOEMA_API_PEPPER_FILE. A database that was installed with a ledger key opens with that one only. */
NOEMA_MUST noema_status noema_options_set_secret(noema_options *options, const char *name,
                                                 const void *bytes, size_t length,
                                                 noema_error *error);
/* Off by default. Called from any thread, also the library's own; must not call the library. level:
   what is more detailed is left out. No message holds a secret. */
NOEMA_API void noema_options_set_log(noema_options *options, noema_log_hook hook, void *context,
                                     int32_t level);
NOEMA_API void noema_options_free(noema_options *options);

/* NULL options: everything from the environment. Copies the options. Pings; refuses a standalone
   server, weak write concerns, and a ledger key that is not the one this database was made with. */
NOEMA_MUST noema_status noema_open(const noema_options *options, noema_db **db, noema_error *error);
/* A round trip to the server, within 2 s. */
NOEMA_MUST noema_status noema_ping(noema_db *db, noema_error *error);
/* From any thread: new and waiting calls end with CLOSED, money already sent is completed. So that
   threads can leave; then one of them closes. */
NOEMA_API void noema_stop(noema_db *db);
/* Stops, completes, joins, wipes, frees. No other thread may be inside a call. */
NOEMA_API void noema_close(noema_db *db);
/* Makes or upgrades collections, validators and indexes; may be repeated. check_only changes
   nothing. The report lists what differs; CONFLICT when check_only finds something. */
NOEMA_MUST noema_status noema_install(noema_db *db, bool check_only, noema_document **report,
                                      noema_error *error);
/* "json" or "prometheus"; yours, noema_free. Never blocks, never asks the server. */
NOEMA_API char *noema_metrics(const noema_db *db, const char *format);

/* ---- NoemaUserCore: accounts --------------------------------------------------------------- */
enum {
    NOEMA_ACCOUNT_PENDING = 1, /* not verified yet; may do all that ACTIVE may */
    NOEMA_ACCOUNT_ACTIVE,
    NOEMA_ACCOUNT_SUSPENDED,
    NOEMA_ACCOUNT_DEACTIVATED_BY_USER,
    NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN,
    NOEMA_ACCOUNT_MERGED,
    NOEMA_ACCOUNT_ERASED
};
typedef struct noema_account {
    noema_id id; /* masterAccountId; of a merged account, the one it leads to */
    int32_t status;
    int32_t created; /* 1 if this call made it */
    int64_t reserved[4];
} noema_account;

/* A handle is platform ':' id: "telegram:4242". platform: [a-z][a-z0-9_]{0,31}; id: 1-128 bytes of
   printable ASCII, kept as it is. Wallets (eip155:, solana:) are UNSUPPORTED in this version, reason
   WALLET_PROOF: they lead to an account only once their ownership is proved.
   The account behind a handle, made on first sight. One read when it is there. Any number of racing
   callers get one account. DENIED (reason SUSPENDED, DEACTIVATED, ERASED) still fills the output. */
NOEMA_MUST noema_status noema_account_ensure(noema_db *db, const char *handle,
                                             noema_account *account, noema_error *error);
/* By handle, or by an id as 24 hex digits; never makes one. NOT_FOUND; DENIED as in ensure. */
NOEMA_MUST noema_status noema_account_find(noema_db *db, const char *handle, noema_account *account,
                                           noema_error *error);
/* userCore as it is stored: platformIdentities, wallets, profile, status, times. NOT_FOUND. */
NOEMA_MUST noema_status noema_account_read(noema_db *db, const noema_id *account,
                                           noema_document **user, noema_error *error);
/* Lets one more handle lead to the account; at most 64. OK also when it does already. TAKEN: it
   leads to another account, which is not told. LIMIT; DENIED: the account is not active; NOT_FOUND:
   no such account. */
NOEMA_MUST noema_status noema_account_link(noema_db *db, const noema_id *account,
                                           const char *handle, noema_error *error);
/* Takes a handle away. DENIED, reason LAST_IDENTITY: nobody could log in any more. NOT_FOUND: it
   does not lead to this account. Link and unlink are noted, with the actor, in accountEvents. */
NOEMA_MUST noema_status noema_account_unlink(noema_db *db, const noema_id *account,
                                             const char *handle, noema_error *error);
/* Seen on a platform ("telegram") now. Written once a minute at most; noema_account_ensure does it by
   itself. */
NOEMA_MUST noema_status noema_account_touch(noema_db *db, const noema_id *account,
                                            const char *platform, noema_error *error);

/* ---- NoemaUserEconomy: credit and experience ------------------------------------------------- */
typedef struct noema_balance {
    noema_money balance;   /* posted: what the ledger says */
    noema_money held;      /* by open runs */
    noema_money available; /* balance - held + overdraft limit: what a debit may take */
    noema_money promo;     /* the part of balance that was given, not bought */
    noema_money overdraft_limit;
    int64_t exp;
    int64_t seq; /* entries so far */
    int64_t reserved[4];
} noema_balance;

/* Flags of receipts and runs. REPLAYED: the answer of an earlier call with this key. PARTIAL: UP_TO
   took less than asked. VOIDED: the key was voided, and is never applied. */
enum { NOEMA_REPLAYED = 1, NOEMA_PARTIAL = 2, NOEMA_VOIDED = 4 };
typedef struct noema_receipt {
    noema_status status; /* of this command; NOEMA_OK or why it was refused */
    uint32_t flags;      /* REPLAYED, PARTIAL (UP_TO took less), VOIDED */
    noema_id account;
    noema_id entry; /* _id in transactions; what a refund names */
    int64_t seq;
    noema_time time;
    noema_money amount;          /* as it moved: debits negative */
    noema_money promo;           /* the part of amount that came from, or went to, given credit */
    noema_money shortfall;       /* asked, but not there */
    noema_money balance;         /* after this entry, also in a replay */
    noema_money held, available; /* after this entry; in a replay: as of now */
    int64_t exp;                 /* as it moved */
    int64_t reserved[4];
} noema_receipt;

/* command.kind. Which members a kind uses stands at the members; the others must be zero. */
enum {
    NOEMA_COMMAND_CREDIT = 1, /* bought; the key is the payment itself, unique over all accounts */
    NOEMA_COMMAND_BONUS,      /* given: always a grant, expires_at optional */
    NOEMA_COMMAND_DEBIT,      /* given credit is spent first, the earliest expiry before others */
    NOEMA_COMMAND_REFUND,     /* of `entry` or `run`, at most what is left of it */
    NOEMA_COMMAND_REFUND_ALL, /* whatever is left of `entry` or `run`; amount must be 0 */
    NOEMA_COMMAND_REVERSE,    /* of a payment or bonus: chargeback */
    NOEMA_COMMAND_TRANSFER,   /* from account to `other` */
    NOEMA_COMMAND_ADJUST,     /* signed amount; reason and actor mandatory */
    NOEMA_COMMAND_RECONCILE,  /* books what others wrote, seals; reason and actor mandatory */
    NOEMA_COMMAND_ADD_EXP,    /* exp; amount must be 0 */
    NOEMA_COMMAND_SET_OVERDRAFT_LIMIT /* amount >= 0 */
};
enum { NOEMA_EXACT = 0, NOEMA_UP_TO = 1 }; /* command.debit_mode */
enum { NOEMA_REVERSE_REFUSE = 0, NOEMA_REVERSE_CLAMP, NOEMA_REVERSE_NEGATIVE }; /* reverse_mode */

/* One struct for every movement: an element of noema_economy_apply, and the options of the named
   calls (there kind, account, amount and key must be zero: they are arguments). */
typedef struct noema_command {
    uint32_t size;
    int32_t kind;
    noema_id account;          /* whose; with a refund it may be "", else it is checked */
    noema_money amount;        /* > 0, except ADJUST */
    const char *key;           /* 1-200 bytes of UTF-8 without control characters, made from what it
                                is about: "telegram:update:991". "noema:" is the library's own */
    noema_id entry;            /* REFUND, REFUND_ALL, REVERSE */
    noema_id other;            /* TRANSFER */
    noema_id run;              /* REFUND, REFUND_ALL: instead of entry */
    const char *description;   /* what the user reads on the statement, <= 200 bytes */
    const char *reason;        /* what the auditor reads, <= 500 bytes */
    const char *actor;         /* who asked; default: option "actor" */
    const char *metadata_json; /* an object, <= 4 KiB */
    noema_time expires_at;     /* BONUS */
    int64_t exp;               /* ADD_EXP: points, signed */
    const char *api_key_id;    /* DEBIT: counted against this key's budget */
    noema_money expected_balance; /* ADJUST: with check_balance, CONFLICT if it differs */
    int32_t debit_mode;
    int32_t reverse_mode;
    uint32_t check_balance; /* 1: see expected_balance */
    uint32_t timeout_ms;    /* 0 = the database's */
} noema_command;

/* As of now: sees the last commit of this process. Grants that have expired are taken off already.
   An account that never had credit has zeros. NOT_FOUND: no such account. */
NOEMA_MUST noema_status noema_economy_balance(noema_db *db, const noema_id *account,
                                              noema_balance *balance, noema_error *error);
/* The three of every day: one prototype, amount > 0, options may be NULL. INSUFFICIENT_FUNDS: error
   says needed and available, the receipt holds balance, held and available. KEY_REUSED: error.field
   says what differs from the first request. DENIED: the account is suspended, deactivated or erased
   (credit is refused to the erased alone). CORRUPT, reason SEAL: somebody else wrote the balance.
   payment: "stripe:pi_...", "eip155:1:0xhash:7"; the same one on another account is TAKEN. */
NOEMA_MUST noema_status noema_economy_credit(noema_db *db, const noema_id *account,
                                             noema_money amount, const char *payment,
                                             const noema_command *options, noema_receipt *receipt,
                                             noema_error *error);
NOEMA_MUST noema_status noema_economy_bonus(noema_db *db, const noema_id *account,
                                            noema_money amount, const char *key,
                                            const noema_command *options, noema_receipt *receipt,
                                            noema_error *error);
NOEMA_MUST noema_status noema_economy_debit(noema_db *db, const noema_id *account,
                                            noema_money amount, const char *key,
                                            const noema_command *options, noema_receipt *receipt,
                                            noema_error *error);
/* Every other kind; and many at once (1-10,000), each done or refused for itself, in the order given
   for an account. OK: all are done. Otherwise the gravest status, OUTCOME_UNKNOWN before all, and
   error.field names the first such ("commands.3.amount"); each receipt carries its own status.
   receipt_size: sizeof(noema_receipt). */
NOEMA_MUST noema_status noema_economy_apply(noema_db *db, const noema_command *commands,
                                            size_t count, noema_receipt *receipts,
                                            size_t receipt_size, noema_error *error);
/* What became of a key: its receipt, or NOT_FOUND as of now. account NULL: the key of a payment. */
NOEMA_MUST noema_status noema_economy_find(noema_db *db, const noema_id *account, const char *key,
                                           noema_receipt *receipt, noema_error *error);
/* Makes sure that the key is never applied, also not by a commit still on its way. OK and VOIDED:
   it never will be. ILLEGAL_TRANSITION: it was; the receipt says what. Repeatable. */
NOEMA_MUST noema_status noema_economy_void(noema_db *db, const noema_id *account, const char *key,
                                           noema_receipt *receipt, noema_error *error);

/* ---- NoemaWorkflowExecutions: paid runs ------------------------------------------------------ */
/* run.state; the four last are final: a run that has ended is never changed, except by refunds. */
enum {
    NOEMA_RUN_PENDING = 1, /* its price is on hold */
    NOEMA_RUN_QUEUED,      /* the provider has it: noema_run_attach */
    NOEMA_RUN_PROCESSING,  /* somebody works on it; never set by this version */
    NOEMA_RUN_COMPLETED,
    NOEMA_RUN_FAILED,
    NOEMA_RUN_TIMEOUT,
    NOEMA_RUN_CANCELLED
};
/* settlement.overrun: a price above the hold. CAP charges the hold, and no more. CHARGE takes what
   is available beyond it. REFUSE answers LIMIT, and the run stays open. */
enum { NOEMA_OVERRUN_CAP = 0, NOEMA_OVERRUN_CHARGE, NOEMA_OVERRUN_REFUSE };
/* settlement.price; a completed run must say it, the others may leave it 0: no charge. */
enum {
    NOEMA_PRICE_AMOUNT = 1, /* `charge` */
    NOEMA_PRICE_UNITS,      /* `units_milli` / 1000 of the rate given at start, rounded half up */
    NOEMA_PRICE_HOLD,       /* the hold, whole */
    NOEMA_PRICE_FREE
};
/* run.delivery */
enum {
    NOEMA_DELIVERY_NONE = 0,
    NOEMA_DELIVERY_PENDING,
    NOEMA_DELIVERY_SENDING,
    NOEMA_DELIVERY_SENT,
    NOEMA_DELIVERY_DROPPED
};

typedef struct noema_run_request {
    uint32_t size;
    uint32_t lease_ms;       /* 0: no lease, the lifetime alone */
    noema_id account;        /* the owner: who asked; with key, the run's identity */
    noema_id payer;          /* "" = the owner */
    noema_id fallback_payer; /* pays when payer can't: group pool first, then the user */
    const char *key;         /* the same message starts one run */
    const char *tool;
    const char *service;      /* the provider, "comfydeploy" */
    noema_money hold;         /* 0 = a free run */
    noema_money rate;         /* price of one unit; then settle may give units, not a price */
    const char *rate_unit;    /* second | run | token | request */
    uint32_t start_within_ms; /* pending or queued for longer -> timeout */
    uint32_t lifetime_ms;     /* in all, at most 7 days; 0 = 15 minutes */
    uint32_t timeout_ms;      /* of this call; 0 = the database's */
    uint32_t reserved;
    const char *input_json;  /* an object, <= 256 KiB; any keys */
    const char *notify;      /* platform that delivers, "telegram"; NULL = no delivery */
    const char *notify_json; /* {"chatId":...}: handed back with the delivery */
    noema_id parent;         /* a step settles against its parent's hold */
    const char *step_key;    /* unique in the parent */
    const char *metadata_json;
} noema_run_request;

typedef struct noema_run {
    noema_id id, account, payer;
    char token[25]; /* proves the lease; only to who started, or reclaimed, the run */
    int32_t state;
    int32_t delivery;
    uint32_t flags; /* REPLAYED: the work is somebody else's; token is "" */
    noema_money hold, charged, refunded, shortfall;
    noema_money provider_cost; /* what it cost us; charged - refunded - this = margin */
    noema_time started, deadline, ended;
    int64_t reserved[4];
} noema_run;

typedef struct noema_settlement {
    uint32_t size;
    int32_t state; /* NOEMA_RUN_COMPLETED, _FAILED, _TIMEOUT, _CANCELLED */
    noema_id run;  /* or service and provider_run_id: what a webhook knows */
    const char *service;
    const char *provider_run_id;
    int32_t price;             /* NOEMA_PRICE_...; 0 is INVALID for a completed run */
    uint32_t timeout_ms;       /* of this call */
    noema_money charge;        /* PRICE_AMOUNT, > 0; for the failed: a part charge */
    int64_t units_milli;       /* PRICE_UNITS, > 0: thousandths of rate_unit (ms of seconds) */
    noema_money provider_cost; /* what it costs us */
    int32_t overrun;           /* above the hold; what is not charged is the shortfall */
    int64_t exp;               /* >= 0, for the payer */
    const char *output_json;   /* {"artifacts":[{"url","type"}], ...}, <= 256 KiB; any keys */
    const char *error_code;    /* "NSFW", "OOM": what error rates are grouped by */
    const char *error_text;
} noema_settlement;

/* Hold and document in one transaction. Start first, call the provider then, with run.id in its
   webhook URL: a webhook can be faster than noema_run_attach. With flags REPLAYED the run is there
   already, and its work is somebody else's: don't call the provider. INSUFFICIENT_FUNDS, DENIED,
   KEY_REUSED as for a debit; nothing is written then. Never hold a transaction, or a lock of yours,
   across the provider's work: the hold waits. */
NOEMA_MUST noema_status noema_run_start(noema_db *db, const noema_run_request *request,
                                        noema_run *run, noema_error *error);
/* Notes the provider's name for the run, 1-200 bytes, unique in its service. OK also when it is
   noted already. TAKEN: another run has it. ILLEGAL_TRANSITION: the run has ended, or another name.
   NOT_FOUND. */
NOEMA_MUST noema_status noema_run_attach(noema_db *db, const noema_id *run,
                                         const char *provider_run_id, noema_error *error);
/* Notes that the user wants it stopped; who works on it settles it. OK also when that is noted
   already. ILLEGAL_TRANSITION: it has ended. NOT_FOUND. */
NOEMA_MUST noema_status noema_run_request_cancel(noema_db *db, const noema_id *run,
                                                 const char *reason, noema_error *error);
/* Charge, ledger entry, hold, exp and outputs in one transaction. The same again: REPLAYED. Another
   outcome, or a run whose deadline has passed: ILLEGAL_TRANSITION, and run shows what it is.
   receipt.amount 0: no charge. NOT_FOUND is retryable: a webhook can be faster than attach. No
   status of the account refuses it: what was agreed to is settled. */
NOEMA_MUST noema_status noema_run_settle(noema_db *db, const noema_settlement *settlement,
                                         noema_run *run, noema_receipt *receipt,
                                         noema_error *error);
/* document may be NULL. By id, by what a webhook knows, by the key of the start. */
NOEMA_MUST noema_status noema_run_find(noema_db *db, const noema_id *run, noema_run *summary,
                                       noema_document **document, noema_error *error);
NOEMA_MUST noema_status noema_run_find_provider(noema_db *db, const char *service,
                                                const char *provider_run_id, noema_run *summary,
                                                noema_document **document, noema_error *error);
NOEMA_MUST noema_status noema_run_find_key(noema_db *db, const noema_id *account, const char *key,
                                           noema_run *summary, noema_document **document,
                                           noema_error *error);
/* Makes sure that this start never happens, as noema_economy_void does: the key is taken by a run
   that is born cancelled. ILLEGAL_TRANSITION: it happened; summary says what. */
NOEMA_MUST noema_status noema_run_void(noema_db *db, const noema_id *account, const char *key,
                                       noema_run *summary, noema_error *error);
/* Newest first, by start. query.types: states. */
NOEMA_MUST noema_status noema_run_list(noema_db *db, const noema_query *query, noema_list **runs,
                                       noema_error *error);
/* Times out runs whose deadline passed more than 30 s ago, at most limit (1-10,000); their holds go
   back. *settled (may be NULL): how many. The reaper thread does the same every 5 s. */
NOEMA_MUST noema_status noema_run_reap(noema_db *db, uint32_t limit, uint32_t *settled,
                                       noema_error *error);

/* ---- NoemaTransactions: the ledger ----------------------------------------------------------- */
/* Newest first, by timestamp. query.types: credit bonus debit charge refund exp void expiry...;
   query.tool must be NULL. */
NOEMA_MUST noema_status noema_ledger_list(noema_db *db, const noema_query *query,
                                          noema_list **entries, noema_error *error);
/* What the ledger says of a time: balance and seq; the other members are 0. */
NOEMA_MUST noema_status noema_ledger_balance_at(noema_db *db, const noema_id *account,
                                                noema_time when, noema_balance *balance,
                                                noema_error *error);
/* One page of the proof: {"accounts":n, "entries":n, "problems":[{"account","seq","entry","rule",
   "expected","found"}], "more":n (problems beyond the 1,000 listed), "keyed":true, "asOf":...,
   "checkpoints":n that hold, "next":...}. account NULL: all, page by page, so that the caller shows
   progress and can stop; a call that runs short of time says where to go on. checkpoints_json: an
   array of what noema_ledger_checkpoint gave, or NULL. OK: proved. CORRUPT: the report, which you get
   all the same, names every break by its rule (seal, seq, chain, balance, held, grants, ...: see
   docs/running.md). Changes nothing. */
NOEMA_MUST noema_status noema_ledger_verify(noema_db *db, const noema_id *account, const char *page,
                                            const char *checkpoints_json, noema_document **report,
                                            noema_error *error);
/* {"account","seq","head","time"} of the newest entry: keep it outside the database; verify takes it, and then finds a
   tail that was cut off. */
NOEMA_MUST noema_status noema_ledger_checkpoint(noema_db *db, const noema_id *account,
                                                noema_document **checkpoint, noema_error *error);

/* ---- every operation by name: for FFI, and for the command line -------------------------- */
/* "economy.debit", {"account":"telegram:4242","amount":"0.25","key":"..."}. An account is an id or
   a handle; money is text (a JSON number is INVALID). *json is the result when OK, else the error
   object {"status","reason","field","message","retryable","needed","available"}: one string to
   free, no struct to bind. NULL only with NO_MEMORY. */
NOEMA_MUST noema_status noema_call(noema_db *db, const char *operation, const char *arguments_json,
                                   char **json);
/* Static. Every operation (arguments, result, statuses, doc), status, option and metric. */
NOEMA_API const char *noema_operations_json(void);

#ifdef __cplusplus
}
#endif
#endif
