/* From the public structs of money to the engine's commands, and the check of what a kind does not
 * use. */
#ifndef ND_API_COMMANDS_H
#define ND_API_COMMANDS_H

#include "api/db.h"

/* An owned command of one element of noema_economy_apply, or of a named call's options. */
ND_MUST noema_status nd_command_take(nd_api_call *call, const noema_command *from,
                                     nd_command **command);
/* Runs one; *receipt is filled in any case. */
noema_status nd_command_run(nd_api_call *call, nd_command *command, noema_receipt *receipt);

#endif
