"""The forms by which segments are named, and lists of people sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from analytics.explore.models import PeopleSegment
from analytics.explore.segments.lists import MOST_BYTES, BadList, Found, found_by_ids, ids_in


class NameForm(forms.ModelForm):
    class Meta:
        model = PeopleSegment
        fields = ("name", "description")
        labels = {"name": gettext_lazy("Name"), "description": gettext_lazy("What it is for")}


class ListForm(NameForm):
    """``found`` is whom the file names, once the form is valid; a list that is there needn't have another file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV with one user id or anonymous id on each line, with or without a header."),
        widget=forms.FileInput({"accept": ".csv,text/csv,text/plain"}),
    )
    found: Found | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["file"].required = False
            self.fields["file"].label = gettext_lazy("Another file in its place")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            return file
        if file.size > MOST_BYTES:
            raise forms.ValidationError(gettext_lazy("The file is larger than 16 MiB."))
        try:
            self.found = found_by_ids(ids_in(file))
        except BadList as problem:
            raise forms.ValidationError(str(problem)) from problem
        return file
