"""What is asked on the people pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.dashboards.people.directory import Choices
from analytics.dashboards.people.queries import Search
from analytics.people.models import ChannelRule
from analytics.templatetags.people import words

ACTIVE_CHOICES = [
    ("", gettext_lazy("any time")),
    ("1", gettext_lazy("last 24 hours")),
    ("7", gettext_lazy("last 7 days")),
    ("28", gettext_lazy("last 28 days")),
    ("90", gettext_lazy("last 90 days")),
    ("-28", gettext_lazy("not for 28 days")),
    ("-90", gettext_lazy("not for 90 days")),
]


class PeopleForm(forms.Form):
    """The filters of the list; what makes no sense is left out and said."""

    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Search"))
    channel = forms.CharField(required=False, max_length=60, label=gettext_lazy("Channel"))
    persona = forms.CharField(required=False, max_length=40, label=gettext_lazy("Persona"))
    active = forms.ChoiceField(required=False, choices=ACTIVE_CHOICES, label=gettext_lazy("Active"))

    def search(self) -> Search:
        self.is_valid()
        values = self.cleaned_data
        active = values.get("active")
        return Search(
            search=values.get("q", "").strip(),
            channel=values.get("channel", ""),
            persona=values.get("persona", ""),
            active_days=int(active) if active else None,
        )

    def offer(self, choices: Choices) -> None:
        """Let channel and persona be picked from those that there are, and from the one picked now."""
        for name, values in (("channel", choices.channels), ("persona", choices.personas)):
            offered = sorted({*values, self.cleaned_data.get(name, "")} - {""})
            self.fields[name].widget = forms.Select(choices=[("", _("all")), *((one, words(one)) for one in offered)])


class MergeForm(forms.Form):
    other = forms.CharField(
        max_length=255,
        label=gettext_lazy("Who is the same person?"),
        help_text=gettext_lazy("The number in the address of their page, or one of their ids."),
    )


class EraseForm(forms.Form):
    """Asks to type one of the person's ids, so that nobody erases by a slip."""

    confirmation = forms.CharField(max_length=255, label=gettext_lazy("Type the id to confirm"))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["confirmation"].widget.attrs["autocomplete"] = "off"

    def clean_confirmation(self) -> str:
        text = self.cleaned_data["confirmation"]
        if text != self.expected.strip():  # the field takes off what is around the text, and nobody sees it
            raise forms.ValidationError(_("That is not the id. Nothing was erased."))
        return str(text)


class RuleForm(forms.ModelForm):
    class Meta:
        model = ChannelRule
        fields = ("field", "pattern", "channel")
        labels = {
            "field": gettext_lazy("Part of the touch"),
            "pattern": gettext_lazy("Pattern"),
            "channel": gettext_lazy("Channel"),
        }
