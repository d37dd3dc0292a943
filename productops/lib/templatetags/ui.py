"""Tags and filters for drawing and for printing numbers; the only way templates print them."""

from django import template

register = template.Library()
