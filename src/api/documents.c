/* Documents and lists: JSON trees that a caller reads by pointer, or whole. */
#include "api/documents.h"

#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/money.h"

struct noema_document {
    nd_json *root;
    char *text; /* made when first asked for */
};

struct noema_list {
    noema_document *items;
    size_t count;
    char *next;
    char *text;
};

noema_document *
nd_document_new(nd_json *root)
{
    noema_document *document = nd_new(sizeof(*document));
    document->root = root;
    return document;
}

static nd_json *
json_of(nd_bson stored)
{
    bson_t view;
    return nd_bson_open(stored, &view) ? nd_schema_json(&view) : nd_json_new_object();
}

noema_document *
nd_document_of(nd_bson stored)
{
    return nd_document_new(json_of(stored));
}

nd_json *
nd_document_take_json(noema_document *document)
{
    nd_json *root = document->root;
    document->root = NULL;
    noema_document_free(document);
    return root;
}

const char *
noema_document_json(const noema_document *document)
{
    if (document == NULL) {
        return "null";
    }
    noema_document *cache = (noema_document *)(uintptr_t)document;
    if (cache->text == NULL) {
        cache->text = nd_json_text(cache->root);
    }
    return cache->text;
}

static const nd_json *
node_at(const noema_document *document, const char *path, nd_json_kind kind)
{
    if (document == NULL || path == NULL) {
        return NULL;
    }
    const nd_json *node = nd_json_point(document->root, path);
    return node != NULL && nd_json_kind_of(node) == kind ? node : NULL;
}

bool
noema_document_text(const noema_document *document, const char *path, const char **value)
{
    const nd_json *node = node_at(document, path, ND_JSON_TEXT);
    if (node == NULL || value == NULL) {
        return false;
    }
    *value = nd_json_string(node);
    return true;
}

bool
noema_document_integer(const noema_document *document, const char *path, int64_t *value)
{
    const nd_json *node = node_at(document, path, ND_JSON_INTEGER);
    if (node == NULL || value == NULL) {
        return false;
    }
    *value = nd_json_integer(node);
    return true;
}

bool
noema_document_money(const noema_document *document, const char *path, noema_money *value)
{
    const nd_json *node = node_at(document, path, ND_JSON_TEXT);
    nd_money amount;
    if (node == NULL || value == NULL ||
        nd_money_parse(nd_json_string(node), true, "path", &amount, NULL) != NOEMA_OK) {
        return false;
    }
    *value = amount.nano;
    return true;
}

bool
noema_document_time(const noema_document *document, const char *path, noema_time *value)
{
    const nd_json *node = node_at(document, path, ND_JSON_TEXT);
    nd_time time;
    if (node == NULL || value == NULL ||
        nd_time_parse(nd_json_string(node), "path", &time, NULL) != NOEMA_OK) {
        return false;
    }
    *value = time.ms;
    return true;
}

bool
noema_document_bool(const noema_document *document, const char *path, bool *value)
{
    const nd_json *node = node_at(document, path, ND_JSON_BOOL);
    if (node == NULL || value == NULL) {
        return false;
    }
    *value = nd_json_bool(node);
    return true;
}

static void
clear_document(noema_document *document)
{
    if (document->root != NULL) {
        nd_json_free(document->root);
    }
    nd_delete(document->text);
}

void
noema_document_free(noema_document *document)
{
    if (document != NULL) {
        clear_document(document);
        nd_delete(document);
    }
}

noema_list *
nd_list_new(const nd_list *stored, const char *next)
{
    const nd_bson *documents = stored->items;
    noema_list *list = nd_new(sizeof(*list));
    list->count = stored->count;
    list->items = nd_new((list->count + 1) * sizeof(*list->items));
    list->next = next[0] == '\0' ? NULL : nd_copy_string(next);
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].root = json_of(documents[i]);
    }
    return list;
}

size_t
noema_list_count(const noema_list *list)
{
    return list == NULL ? 0 : list->count;
}

const noema_document *
noema_list_at(const noema_list *list, size_t index)
{
    return list == NULL || index >= list->count ? NULL : &list->items[index];
}

const char *
noema_list_next(const noema_list *list)
{
    return list == NULL ? NULL : list->next;
}

static nd_json *
join_items(const noema_list *list)
{
    nd_json *root = nd_json_new_object();
    nd_json *items = nd_json_new_array();
    for (size_t i = 0; i < list->count; i++) {
        nd_json_push(items, nd_json_share(list->items[i].root));
    }
    nd_json_put(root, "items", items);
    nd_json_put(root, "next",
                list->next == NULL ? nd_json_new_null()
                                   : nd_json_new_text(list->next, strlen(list->next)));
    return root;
}

nd_json *
nd_list_take_json(noema_list *list)
{
    nd_json *root = join_items(list);
    noema_list_free(list);
    return root;
}

const char *
noema_list_json(const noema_list *list)
{
    if (list == NULL) {
        return "null";
    }
    noema_list *cache = (noema_list *)(uintptr_t)list;
    if (cache->text == NULL) {
        nd_json *root = join_items(list);
        cache->text = nd_json_text(root);
        nd_json_free(root);
    }
    return cache->text;
}

void
noema_list_free(noema_list *list)
{
    if (list == NULL) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        clear_document(&list->items[i]);
    }
    nd_delete(list->items);
    nd_delete(list->next);
    nd_delete(list->text);
    nd_delete(list);
}
