/* What is read, as the public header gives it. */
#ifndef ND_API_DOCUMENTS_H
#define ND_API_DOCUMENTS_H

#include <noemadb.h>

#include "core/json.h"
#include "schema/schema.h"

/* Takes the node. */
noema_document *nd_document_new(nd_json *root);
noema_document *nd_document_of(nd_bson stored);
/* Of raw documents; next "" = the last page. */
noema_list *nd_list_new(const nd_list *stored, const char *next);
/* A node of one's own, as noema_call answers with it. */
nd_json *nd_document_take_json(noema_document *document);
nd_json *nd_list_take_json(noema_list *list);

#endif
