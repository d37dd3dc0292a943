from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "productops.lib"
    label = "lib"

    def ready(self) -> None:
        from productops.lib import checks  # noqa: F401  (they register themselves)
