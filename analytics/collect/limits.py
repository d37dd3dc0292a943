"""What a request and an event may be; docs/events.md lists the same figures for those who send."""

KIB = 1024
SEGMENT_BODY = 1024 * KIB  # bytes of a request, as sent and inflated
RUDDERSTACK_BODY = 4096 * KIB
BATCH_EVENTS = 2_500
MARKS = 500_000  # strings, brackets, commas and colons of a body that has to be taken apart by hand
GZIP_FILES = 16  # in one body
DEPTH = 32  # objects and lists in one another, the event itself included
KEYS = 1_000  # of an event, at all depths
KEY_CHARACTERS = 255
STRING_BYTES = 8 * KIB
NAME_CHARACTERS = 200
ID_CHARACTERS = 255
PAGE_CHARACTERS = 1_024
LETTER_BYTES = 64 * KIB  # of a refused event's body that are kept
