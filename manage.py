#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "productops.settings")
    from django.core.management import execute_from_command_line

    from productops.lib.environment import WrongSetting

    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as sentence:
        sys.exit(str(sentence))
