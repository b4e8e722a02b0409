/* Text that grows as it is printed to. */
#ifndef ND_CORE_SHEET_H
#define ND_CORE_SHEET_H

#include "core/error.h"

/* Zero-initialised it is empty. The text is the owner's, nd_delete; NULL until something was
 * printed. */
typedef struct nd_sheet {
    char *text;
    size_t length;
    size_t room;
} nd_sheet;

void nd_sheet_print(nd_sheet *sheet, const char *format, ...) ND_FORMAT(2, 3);

#endif
