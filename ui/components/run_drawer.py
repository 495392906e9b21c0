"""One run in a drawer: how far it is, what each stage did and cost, its warnings, its log, and the way on.

Which run it shows is in the address as `?run=`, so that a link to it can be passed on.
"""

from functools import partial
from uuid import UUID

import streamlit as st

from models.errors import NotFound, ReelflowError
from models.project import Project
from models.run import FINAL_STATES, EventLevel, Run, RunEvent, RunState
from models.run_story import RunStory, StageStory, run_story
from models.tenant import now_utc
from ui.components.advice import in_panel, said
from ui.components.desk import Desk, open_desk
from ui.components.places import link
from ui.components.progress import stop_run
from ui.components.run_failure import ended_card, newly_resumed
from ui.components.run_words import OUTCOMES, asked_lines, is_from_inbox, sentence_case, took_s
from ui.components.wording import RUN_BADGES, age, dollars, escape, kind_title, money, span

#: In the address.
RUN_KEY = "run"

_EVERY_S = 2.0
_WIDTH_PX = 620
_EVENT_SIGNS = {
    EventLevel.INFO: "",
    EventLevel.WARNING: ":orange[:material/warning:] ",
    EventLevel.ERROR: ":red[:material/error:] ",
}


def open_run(run_id: UUID) -> None:
    """Has the page show a run the next time it is drawn."""
    st.query_params[RUN_KEY] = str(run_id)


def draw_run_drawer(desk: Desk) -> None:
    """Draws the drawer of the run in the address; nothing without one. Call it once, at the page's end."""
    wanted = st.query_params.get(RUN_KEY)
    if not wanted:
        return
    try:
        with desk.reading() as session:
            run = session.require(Run, wanted)
    except NotFound:
        st.error("There is no such run here. It may have been deleted, or the link is for somebody else.")
        return

    @st.dialog(
        escape(sentence_case(run.title) or kind_title(run.kind)),
        width=_WIDTH_PX,
        position="right",
        on_dismiss=_close,
    )
    def drawer() -> None:
        is_live = run.state not in FINAL_STATES

        @st.fragment(run_every=_EVERY_S if is_live else None, key=f"run_{run.id}")
        def body() -> None:
            _draw(open_desk(), run.id, was_live=is_live)

        body()
        _draw_log(desk, run)

    drawer()


def _close() -> None:
    st.query_params.pop(RUN_KEY, None)


def _draw(desk: Desk, run_id: UUID, *, was_live: bool) -> None:
    if new_id := newly_resumed(run_id):
        open_run(new_id)
        st.rerun()
    with desk.reading() as session:
        story = run_story(session, run_id)
        project = story.run.project_id and session.get(Project, (session.profile_id, story.run.project_id))
    run = story.run
    if was_live and run.state in FINAL_STATES:
        st.rerun()  # the list behind it and the sidebar's money have changed too
    _draw_head(desk, story, project or None)
    if story.can_resume:
        ended_card(desk, run.id, key="drawer")
    elif run.error and run.state is not RunState.COMPLETED:
        st.caption(escape(in_panel(run.error)))
    _draw_verbs(desk, story, project or None)
    _draw_stages(story)
    _draw_asked(run)


def _draw_head(desk: Desk, story: RunStory, project: Project | None) -> None:
    run, now = story.run, now_utc()
    inbox = " :violet-badge[:material/inbox: From the inbox]" if is_from_inbox(run.id) else ""
    st.markdown(f"{RUN_BADGES[run.state].markdown} :gray-badge[{kind_title(run.kind)}]{inbox}")
    facts = [escape(project.name)] if project else []
    facts += [f"started {age(run.created_at, now, desk.timezone)}"]
    if run.started_at:
        length = span(took_s(run.state, run.started_at, run.finished_at, now))
        facts.append(f"took {length}" if run.state in FINAL_STATES else f"at work for {length}")
    most = run.max_cost_micro_usd
    spent = story.cost_micro_usd
    cost = money(spent) if not most else f"{dollars(spent)} of {dollars(most)} at most"
    facts.append(cost.replace("$", r"\$"))
    st.caption(" · ".join(facts))
    if run.state not in FINAL_STATES:
        left = "" if story.left_s is None else f", about {span(story.left_s)} to go"
        stage = run.stage or ("waits for its turn" if run.state is RunState.PENDING else "starting")
        st.progress(run.progress, text=f"{sentence_case(stage)} · {run.progress:.0%}{left}")


def _draw_verbs(desk: Desk, story: RunStory, project: Project | None) -> None:
    run = story.run
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if desk.can_edit and run.state not in FINAL_STATES:
            stop = partial(stop_run, desk, run.id)
            st.button("Cancel run", icon=":material/stop:", key=f"cancel_{run.id}", on_click=stop)
        if story.resumed_by is not None and st.button(
            "Show the run that took it up", icon=":material/arrow_forward:", key=f"later_{run.id}"
        ):
            open_run(story.resumed_by)
            st.rerun()
        if run.resumes_run_id is not None and st.button(
            "Show the run before", icon=":material/arrow_back:", key=f"before_{run.id}"
        ):
            open_run(run.resumes_run_id)
            st.rerun()
        if project is not None:
            link(desk.slug, "project", "Open the project", icon=":material/movie:", project=project.id)
        url = desk.gateway.run_url(run)
        if url:
            st.link_button("Open in Prefect", url, icon=":material/open_in_new:", type="tertiary")


def _draw_stages(story: RunStory) -> None:
    if not any(stage.name or _told(stage, story.run) for stage in story.stages):
        return
    st.markdown("**Stages**")
    with st.container(border=True, gap="xsmall"):
        for stage in story.stages:
            _draw_stage(stage, story.run)


def _told(stage: StageStory, run: Run) -> list[RunEvent]:
    """What a stage had to say; what its run says as its error is not said twice."""
    return [event for event in stage.events if event.message != run.error]


def _draw_stage(stage: StageStory, run: Run) -> None:
    events = _told(stage, run)
    if not (stage.name or events):
        return
    badge = OUTCOMES[stage.outcome]
    is_unreached = stage.outcome == "skipped" and run.state is not RunState.COMPLETED
    words = ["not reached" if is_unreached else badge.label]
    if stage.cost_micro_usd:
        words.append(dollars(stage.cost_micro_usd))
    if stage.duration_s is not None:
        words.append(span(stage.duration_s))
    name = escape(sentence_case(stage.name) or "Before the first stage")
    with st.container(gap=None):
        st.markdown(f":{badge.color}[{badge.icon}] **{name}** :gray[{' · '.join(words)}]".replace("$", r"\$"))
        for event in events:
            st.caption(_event_line(event))


def _event_line(event: RunEvent) -> str:
    return f"{_EVENT_SIGNS[event.level]}{escape(in_panel(event.message))}"


def _draw_asked(run: Run) -> None:
    lines = asked_lines(run.parameters)
    if lines:
        with st.expander("What was asked for", key=f"asked_{run.id}"):
            st.markdown("\n".join(f"- {name}: {escape(value)}" for name, value in lines))


def _draw_log(desk: Desk, run: Run) -> None:
    """The log, read from Prefect only when somebody opens it."""
    with st.expander("Log", key=f"log_{run.id}", on_change="rerun") as log:
        if not log.open:
            return
        try:
            lines = desk.gateway.log_tail(desk.member, run.id)
        except ReelflowError as error:
            st.caption(said(error))
            return
        if not lines:
            st.caption("No lines yet. A run's log is kept by Prefect, for as long as Prefect keeps the run.")
            return
        text = "\n".join(f"{line.at:%H:%M:%S} {line.level:7} {line.text}" for line in lines)
        st.code(text, language=None, wrap_lines=True, height=320)
        if run.state not in FINAL_STATES:
            st.button("Read again", icon=":material/refresh:", type="tertiary", key=f"read_{run.id}")
