from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "productops.pages"
    label = "pages"
