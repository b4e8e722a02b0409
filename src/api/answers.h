/* The public output structs as JSON. */
#ifndef ND_API_ANSWERS_H
#define ND_API_ANSWERS_H

#include <noemadb.h>

#include "core/json.h"

nd_json *nd_answer_account(const noema_account *account);
nd_json *nd_answer_balance(const noema_balance *balance);
nd_json *nd_answer_receipt(const noema_receipt *receipt);
nd_json *nd_answer_run(const noema_run *run);
nd_json *nd_answer_error(const noema_error *error);

#endif
