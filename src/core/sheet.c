/* Printing into memory that grows. */
#include "core/sheet.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/memory.h"

void
nd_sheet_print(nd_sheet *sheet, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return;
    }
    if (sheet->length + (size_t)size + 1 > sheet->room) {
        sheet->room = 2 * (sheet->room + (size_t)size + 1);
        sheet->text = nd_resize(sheet->text, sheet->room);
    }
    va_start(arguments, format);
    (void)vsnprintf(sheet->text + sheet->length, (size_t)size + 1, format, arguments);
    va_end(arguments);
    sheet->length += (size_t)size;
}
