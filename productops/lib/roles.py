"""Role checks for pages and endpoints: viewer, analyst, admin, each including the one before."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from productops.lib.models import RANK, Role, User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads the settings, which name the classes below

Answer = TypeVar("Answer", bound=HttpResponseBase)


def user_of(request: HttpRequest | Request) -> User:
    """Who asks, where a check of roles has let only users in."""
    assert isinstance(request.user, User)
    return request.user


def request_has_role(request: HttpRequest | Request, role: str) -> bool:
    """Whether the caller may act as ``role``; a token may do no more than both it and its user may."""
    user = request.user
    if not user.is_authenticated or not user.has_role(role):
        return False
    token = getattr(request, "auth", None)
    return token is None or RANK[Role(token.role)] >= RANK[Role(role)]


def role_required(role: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Let only users of at least ``role`` into a view; who is not logged in is sent to do so by the middleware."""

    def decorate(view: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
            if not request_has_role(request, role):
                raise PermissionDenied(f"This page asks for the role {role}.")
            return view(request, *args, **kwargs)

        checked.required_role = role  # type: ignore[attr-defined]  # read by the test that every page has one
        return checked

    return decorate


class HasRole(BasePermission):
    role = Role.ADMIN

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return request_has_role(request, self.role)


class IsViewer(HasRole):
    role = Role.VIEWER


class IsAnalyst(HasRole):
    role = Role.ANALYST


class IsAdmin(HasRole):
    role = Role.ADMIN
