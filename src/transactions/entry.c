/* How an entry is named and begun. Its amounts are booked by the economy's law. */
#include "transactions/transactions.h"

#include <string.h>

#include "core/id.h"

nd_id
nd_record_id(nd_domain domain, nd_id named, nd_text key, uint8_t leg)
{
    const uint8_t domain_byte = (uint8_t)domain;
    const uint8_t length[2] = {(uint8_t)(key.length & 0xff), (uint8_t)(key.length >> 8)};
    const nd_piece pieces[] = {
        {&domain_byte, 1                  },
        {named.bytes,  sizeof(named.bytes)},
        {length,       sizeof(length)     },
        {key.bytes,    key.length         },
        {&leg,         1                  },
    };
    const nd_hash_key unkeyed = {.present = false};
    nd_hash hash = nd_hash_of(&unkeyed, pieces, sizeof(pieces) / sizeof(pieces[0]));
    nd_id id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

nd_id
nd_entry_id(const nd_request *request)
{
    bool payment = request->type.at == ND_ENTRY_CREDIT;
    return nd_record_id(ND_DOMAIN_MONEY, payment ? nd_id_none : request->named, request->key, 0);
}

void
nd_entry_begin(nd_entry *entry, const nd_request *request)
{
    memset(entry, 0, sizeof(*entry));
    entry->id = nd_entry_id(request);
    entry->type = request->type;
    entry->key = request->key;
    entry->mode = request->mode;
    entry->refund_of = request->refund_of;
    entry->run = request->run;
    entry->exp = request->exp;
    entry->description = request->description;
    entry->reason = request->reason;
    entry->actor = request->actor;
    entry->api_key = request->api_key;
    entry->metadata = request->metadata;
    if (request->type.at == ND_ENTRY_CREDIT) {
        entry->external_id = request->key;
    }
}

void
nd_entry_add_part(nd_entry *entry, nd_time expires, nd_money amount, nd_arena *arena)
{
    nd_part *parts = entry->parts.items;
    for (uint32_t i = 0; i < entry->parts.count; i++) {
        if (parts[i].expires.ms == expires.ms) {
            parts[i].amount.nano += amount.nano;
            return;
        }
    }
    nd_part *part = nd_list_push(&entry->parts, sizeof(*part), arena);
    part->expires = expires;
    part->amount = amount;
}

nd_money
nd_entry_given(const nd_entry *entry)
{
    const nd_part *parts = entry->parts.items;
    nd_money sum = {0};
    for (uint32_t i = 0; i < entry->parts.count; i++) {
        sum.nano += parts[i].amount.nano;
    }
    return sum;
}

nd_hash
nd_entry_chain(const nd_hash_key *key, const nd_hash *before, nd_bson entry)
{
    const nd_piece pieces[] = {
        {before->bytes, sizeof(before->bytes)},
        {entry.bytes,   entry.length         }
    };
    return nd_hash_of(key, pieces, 2);
}
