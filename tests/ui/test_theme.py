from django.test import Client


def test_the_theme_is_kept_and_rendered_by_the_server(client: Client, db: None) -> None:
    assert "data-theme" not in client.get("/login/").content.decode()
    answer = client.post("/theme/", {"theme": "dark", "next": "/login/?next=/people/"})
    assert answer["Location"] == "/login/?next=/people/"
    page = client.get("/login/")
    assert 'data-theme="dark"' in page.content.decode()
    assert "Cookie" in page["Vary"]


def test_a_blank_theme_follows_the_system_again(client: Client, db: None) -> None:
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/login/").content.decode()


def test_only_known_themes_and_own_addresses(client: Client, db: None) -> None:
    answer = client.post("/theme/", {"theme": '"><script>', "next": "//evil.example/"})
    assert answer["Location"] == "/"
    assert "theme" not in answer.cookies or not answer.cookies["theme"].value
    client.cookies["theme"] = "blue"
    assert "data-theme" not in client.get("/login/").content.decode()


def test_it_is_not_switched_by_a_link(client: Client, db: None) -> None:
    assert client.get("/theme/").status_code == 405
