/* The URI with the settings that the promises rest on. */
#ifndef ND_BASE_SETTINGS_PRIVATE_H
#define ND_BASE_SETTINGS_PRIVATE_H

#include <mongoc/mongoc.h>

#include "base/options.h"

/* INVALID, field "uri", names the setting that is too weak; the URI itself is in no message. */
ND_MUST noema_status nd_settings_uri(const nd_options *options, mongoc_uri_t **uri,
                                     noema_error *error);

#endif
