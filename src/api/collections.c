/* The one list of the collections that the library owns: installed, checked and documented in
 * this order. */
#include "api/collections.h"

#include "base/meta_record.h"
#include "core/memory.h"
#include "core/sheet.h"
#include "transactions/record.h"
#include "user_core/challenge_record.h"
#include "user_core/claim_record.h"
#include "user_core/event_record.h"
#include "user_core/record.h"
#include "user_economy/record.h"
#include "user_preferences/record.h"
#include "workflow_executions/record.h"

const nd_collection *const nd_collections[] = {
    &nd_user_collection,      &nd_claim_collection,   &nd_event_collection,
    &nd_challenge_collection, &nd_economy_collection, &nd_preferences_collection,
    &nd_entry_collection,     &nd_run_collection,     &nd_meta_collection,
};
const size_t nd_collection_count = sizeof(nd_collections) / sizeof(nd_collections[0]);

char *
nd_collections_markdown(void)
{
    nd_sheet page = {0};
    char *chapters = nd_schema_markdown(nd_collections, nd_collection_count);
    nd_sheet_print(
        &page,
        "# Collections\n\nGenerated from the declarations, from which the validators, the "
        "client's check and the indexes are made, too. A field that is not required is "
        "left out when it says nothing.\n\n%s",
        chapters);
    nd_delete(chapters);
    return page.text;
}
