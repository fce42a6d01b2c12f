"""The meetings of the ranks: points where they synchronize, for example for each contact. A training run on one rank
makes its contacts alone.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ._callbacks import Host
from ._collective import Collective
from ._contacts import Contacts
from ._crew import Crew, Follower, Lead
from ._link import NEVER, NOW
from ._place import Place
from ._results import IDLE, ApplyResult, result_of
from ._serve import Server
from ._waiting import Steps
from ._wire import Message


class Meetings:
    """Decides when the ranks synchronize, and exchanges the results of a contact."""

    def __init__(self, place: Place, contacts: Contacts, server: Server) -> None:
        #: Rank 0 has a lead; every other rank has a follower, and no sidecar.
        self.lead: Optional[Lead] = None
        self.follower: Optional[Follower] = None
        #: The snapshot of the last contact that took one.
        self.snapshot: Dict[str, Any] = {}
        self._place = place
        self._contacts = contacts
        self._server = server

    def gather(self, port: Optional[Collective], callbacks: Host, *, shares_saves: bool) -> None:
        """Connects the ranks, if there are several."""
        if port is None:
            return
        contacts, link, server = self._contacts, self._contacts.link, self._server
        crew: Crew
        if port.rank == 0:
            lead = crew = self.lead = Lead(
                port,
                server.serve,
                link.keep,
                shares_saves=shares_saves,
                has_callbacks=lambda: bool(callbacks.active),
                take_trips=callbacks.add_trips,
            )
            link.serve = lead.serve
            contacts.wants_meetings = True
            contacts.lost = lambda: lead.lost
        else:
            crew = self.follower = Follower(port, server.serve, trips=callbacks.take_trips)
            link.close()
        crew.introduce()
        server.keep = crew.keep
        server.is_shared = True
        # Only rank 0 sees the real flag, and it must not make a contact without the other ranks.
        self._place.flag = memoryview(bytearray(1))

    def meet(self, act: "Callable[[], Steps[ApplyResult]]") -> "Steps[ApplyResult]":
        """Runs ``act``; with several ranks, all ranks take part."""
        if self.follower is not None:
            return self._listen(self.follower)
        lead = self.lead
        if lead is None or lead.lost is not None:
            return (yield from act())
        place, contacts = self._place, self._contacts
        lead.begin()
        contacts.tables = None
        try:
            result = yield from act()
        except BaseException as error:
            lead.end({"error": f"{type(error).__name__}: {error}"}, place.step, is_settled=False)
            raise
        place.due = due = lead.next_step(place.step, place.wanted)
        header: Message = {"next": due, "seq": contacts.link.seq}
        if result is not IDLE:
            header["result"] = result._asdict()
        if contacts.tables is not None:
            header["moves"] = contacts.tables
        if self.snapshot:
            header["snapshot"] = self.snapshot
        lead.end(header, place.step, is_settled=not contacts.link.is_unsettled)
        if lead.lost is not None:
            self._go_alone()
        return result

    def has_nothing(self) -> bool:
        """Whether the ranks are synchronizing without a reason for a contact."""
        return self.lead is not None and not self._contacts.link.page.flag[0] and self._place.step < self._place.wanted

    def tell_lost(self, apply: Callable[[], Any]) -> None:
        """Called when training has failed. If a rank has exited, its number is recorded in the ledger."""
        lead = self.lead
        if lead is None or self._contacts.is_talking or lead.lost is not None or not lead.look_around():
            return
        self._go_alone()
        try:
            apply()
        except BaseException as error:
            self._contacts.link.note(f"{lead.lost}; it could not be recorded: {error}")

    def _go_alone(self) -> None:
        self._place.flag = self._contacts.link.page.flag
        self._contacts.want(NOW)

    def _listen(self, follower: Follower) -> ApplyResult:
        place = self._place
        end = follower.follow()
        if end is None:
            place.due = NEVER
            return IDLE
        place.due = end["next"]
        self._contacts.link.seq = end["seq"]
        self.snapshot = end.get("snapshot", {})
        if "moves" in end:
            self._contacts.take_moves(end["moves"])
        elif place.moves:
            place.move()
        result = result_of(end.get("result", {}))
        if result.rewound is not None:
            place.rewind(result.rewound)
        return result
