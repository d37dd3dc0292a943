"""What is asked on the pages of features and core areas."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from analytics.features.models import Area, Feature, FeatureRule, check_pattern
from analytics.features.services import MOST_RULES
from analytics.metrics.features import Rule

BLANK_ROWS = 2


class AreaForm(forms.ModelForm):
    class Meta:
        model = Area
        fields = ("key", "name")
        labels = {"key": gettext_lazy("Key"), "name": gettext_lazy("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["key"]


class FeatureForm(forms.ModelForm):
    class Meta:
        model = Feature
        fields = ("name", "key", "area")
        labels = {
            "key": gettext_lazy("Key"),
            "name": gettext_lazy("Name"),
            "area": gettext_lazy("Core area"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["area"]).empty_label = "–"
        if self.instance.pk:
            del self.fields["key"]


class RuleForm(forms.Form):
    """One rule; without a pattern it is none."""

    target = forms.ChoiceField(choices=FeatureRule.Target.choices, label=gettext_lazy("Of what"))
    match = forms.ChoiceField(choices=FeatureRule.Match.choices, label=gettext_lazy("How it is compared"))
    pattern = forms.CharField(
        required=False,
        max_length=300,
        strip=False,
        label=gettext_lazy("With what"),
        widget=forms.TextInput(attrs={"list": "known-names", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        check_pattern(values.get("match", ""), values.get("pattern", ""))
        return values


class BaseRuleForms(forms.BaseFormSet):
    def rules(self) -> list[Rule]:
        """Those that have a pattern."""
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data.get("pattern")]
        return [Rule(**values) for values in filled]


RuleForms = forms.formset_factory(
    RuleForm,
    formset=BaseRuleForms,
    extra=BLANK_ROWS,
    max_num=MOST_RULES,
    absolute_max=MOST_RULES,
    validate_max=True,
)


def rule_forms(rules: list[Rule] | tuple[Rule, ...]) -> BaseRuleForms:
    """A row for each rule, and some to add rules in."""
    shown = [{"target": rule.target, "match": rule.match, "pattern": rule.pattern} for rule in rules]
    return cast(BaseRuleForms, RuleForms(initial=shown, prefix="rules"))


def rule_forms_sent(data: Any) -> BaseRuleForms:
    return cast(BaseRuleForms, RuleForms(data, prefix="rules"))
