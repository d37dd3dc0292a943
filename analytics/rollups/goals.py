"""Goals: the events that stand for signup, key action and the other roles metrics ask for."""

from analytics.rollups.models import Goal

DEFAULT_EVENTS: dict[str, list[str]] = {
    Goal.Role.SIGNUP: [
        "signup_completed",
        "signed_up",
        "sign_up",
        "signup",
        "user_signed_up",
        "account_created",
        "Signed Up",
        "Account Created",
    ],
    Goal.Role.ACTIVATION: ["first_video_created", "first_deposit_completed", "first_transaction_completed"],
    Goal.Role.KEY_ACTION: [
        "first_video_created",
        "video_created",
        "transaction_completed",
        "deposit_completed",
        "first_deposit_completed",
        "first_transaction_completed",
    ],
    Goal.Role.COLLABORATION: ["invite_accepted", "document_shared", "comment_added"],
    Goal.Role.PAYMENT: ["payment_received", "upgrade_to_pro"],
}


def goals() -> dict[str, list[str]]:
    """The names of the events that reach each goal: those staff chose, else the usual ones. One query."""
    return DEFAULT_EVENTS | dict(Goal.objects.values_list("role", "events"))


def goal_events(role: str) -> list[str]:
    """The names of the events that reach one goal."""
    return goals()[role]


def ensure_goals() -> None:
    """Write down the goals that have no row yet, so that they can be seen and changed."""
    Goal.objects.bulk_create(
        [Goal(role=role, events=events) for role, events in DEFAULT_EVENTS.items()], ignore_conflicts=True
    )
