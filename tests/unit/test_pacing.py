# SPDX-License-Identifier: Apache-2.0
"""How fast whod looks: simulated machines that get hot, and that are slow."""

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from daemon.config import load
from daemon.machine import HOT_C
from daemon.pacing import Governor, Reading, read
from daemon.types import Box, LiveFace, State

TURN_S = 5.0
FPS = 10.0
JITTER_S = 0.003
SETTINGS = load(None, [f"camera.fps={FPS}"]).settings


class Machine:
    """A processor that gets as hot as it works, and a camera before which somebody may be.

    Each second of CPU time in a second heats it by `heating` degrees in the end, over some minutes.
    """

    def __init__(self, *, share=0.0, glance_s=0.02, frame_s=0.01, heating=0.0, ambient=25.0, soft_limit=1000.0):
        self.settings = replace(SETTINGS, camera=replace(SETTINGS.camera, cpu_share=share))
        self.governor = Governor(SimpleNamespace(now=self.settings))
        self.pace = self.governor.pace()
        self.glance_s, self.frame_s = glance_s, frame_s
        self.heating, self.ambient, self.soft_limit = heating, ambient, soft_limit
        self.now_s, self.cpu_s, self.temperature = 0.0, 0.0, ambient
        self.rates, self.temperatures, self.gaps = [], [], []
        self.next_s, self.looked_s = 0.0, 0.0
        self.random = random.Random(1)
        self.job = False

    def run(self, seconds, faces=(), *, moving=True):
        for _ in range(round(seconds / TURN_S)):
            self.pace.saw(faces, self.now_s)
            fps = self.pace.fps(SETTINGS.camera)
            self.now_s += TURN_S
            used = self._frames(faces, 0.0 if moving else 1.0) / TURN_S
            self.cpu_s += used * TURN_S
            self.temperature += (self.ambient + self.heating * used - self.temperature) * TURN_S / 120
            self.rates.append(fps)
            self.temperatures.append(self.temperature)
            held_back = self.temperature > self.soft_limit
            self.governor.turn(Reading(self.now_s, self.cpu_s, self.temperature, held_back), job=self.job)
        return self

    def _frames(self, faces, still_s):
        """Until now, each some milliseconds early or late; gives the seconds of CPU time that they take."""
        used_s = 0.0
        while self.next_s < self.now_s:
            captured_s = self.next_s + self.random.uniform(-JITTER_S, JITTER_S)
            used_s += self.frame_s
            if faces or captured_s - self.looked_s >= max(self.pace.patience_s, still_s):
                self.gaps.append(captured_s - self.looked_s)
                self.looked_s = captured_s
                used_s += self.glance_s
            self.pace.saw(faces, captured_s)
            self.next_s += 1 / self.pace.fps(SETTINGS.camera)
        return used_s


def face(state):
    return LiveFace(Box(0, 0, 1, 1), None, state, 0.0, 0.5, None)


def test_without_a_share_and_cool_it_looks_as_fast_as_it_is_asked_to():
    machine = Machine().run(600)
    assert set(machine.rates) == {FPS}
    assert machine.pace.patience_s == 0
    assert machine.governor.part().state is State.OK


@pytest.mark.parametrize("share", [0.08, 0.15, 0.25])
@pytest.mark.parametrize("cost", [0.5, 1.0, 4.0])
def test_the_share_is_kept_on_average_while_leaves_move(share, cost):
    machine = Machine(share=share, glance_s=0.02 * cost, frame_s=0.01 * cost)
    least = cost * 0.03 * 2
    machine.run(3600)
    used = machine.cpu_s / 3600
    assert used <= max(share, least) * 1.05
    if least < share < cost * 0.03 * FPS:
        assert used >= share * 0.9, "what may be taken is taken"


def test_looks_become_fewer_before_frames_do():
    machine = Machine(share=0.2).run(1800)
    assert machine.pace.patience_s > 0
    assert machine.rates[-1] > 0.9 * FPS


@pytest.mark.parametrize("share", [0.05, 0.08, 0.12, 0.15, 0.2])
def test_whoever_comes_is_seen_half_a_second_later_at_most(share):
    """At whatever pace: a frame that comes some milliseconds early must not be passed over for the next."""
    machine = Machine(share=share).run(900)
    machine.gaps.clear()
    machine.run(900)
    assert max(machine.gaps) <= 0.5 + 3 * JITTER_S
    assert sum(machine.gaps) / len(machine.gaps) > 0.15, "looks are saved"


def test_a_still_doorway_needs_no_saving():
    machine = Machine(share=0.15).run(1800, moving=False)
    assert set(machine.rates) == {FPS}


def test_a_visitor_who_is_to_be_decided_has_all_the_time_there_is():
    machine = Machine(share=0.08).run(1800)
    assert machine.pace.fps(SETTINGS.camera) < 5
    machine.pace.saw([face("looking")], machine.now_s)
    assert machine.pace.fps(SETTINGS.camera) == FPS


def test_a_face_that_a_look_misses_is_still_there():
    machine = Machine(share=0.08).run(1800)
    machine.pace.saw([face("looking")], machine.now_s)
    machine.pace.saw([], machine.now_s + 0.5)
    assert machine.pace.fps(SETTINGS.camera) == FPS
    machine.pace.saw([], machine.now_s + 2)
    assert machine.pace.fps(SETTINGS.camera) < 5


def test_who_has_a_name_is_followed_at_less():
    machine = Machine(share=0.08).run(1800)
    machine.pace.saw([face("identified")], machine.now_s)
    assert 5 <= machine.pace.fps(SETTINGS.camera) < FPS


def test_a_picture_on_the_wall_is_no_hurry_for_ever():
    machine = Machine(share=0.08).run(1800)
    for tenth in range(200):
        machine.pace.saw([face("looking")], machine.now_s + tenth / 10)
    assert machine.pace.fps(SETTINGS.camera) < FPS
    machine.pace.saw([], machine.now_s + 25)
    machine.pace.saw([face("looking")], machine.now_s + 30)
    assert machine.pace.fps(SETTINGS.camera) == FPS, "the next visitor is one again"


def test_quiet_hours_pay_for_a_visit_and_one_without_them_is_paid_for_after_it():
    machine = Machine(share=0.15)
    machine.run(600, moving=False)
    machine.run(60, [face("identified")])
    assert machine.rates[-1] == FPS, "what was saved is used"
    machine.run(600, [face("identified")])
    machine.run(TURN_S)
    assert machine.rates[-1] < FPS
    machine.run(600, moving=False)
    assert machine.rates[-1] == FPS


def test_a_share_that_cannot_be_kept_is_told():
    machine = Machine(share=0.05).run(200)
    assert machine.governor.part().state is State.OK
    part = machine.run(400).governor.part()
    assert part.state is State.DEGRADED
    assert "camera.cpu_share" in part.detail


def test_a_job_that_takes_more_than_the_share_is_no_fault_of_those_in_the_picture():
    machine = Machine(share=0.05)
    machine.job = True
    assert machine.run(1200).governor.part().state is State.OK
    machine.job = False
    assert machine.run(400).governor.part().state is State.DEGRADED


def test_more_is_allowed_while_it_runs():
    machine = Machine(share=0.05).run(600)
    machine.settings = replace(machine.settings, camera=replace(machine.settings.camera, cpu_share=0.0))
    machine.governor._settings.now = machine.settings
    machine.run(900)
    assert machine.rates[-1] == FPS
    assert machine.governor.part().state is State.OK


@pytest.mark.parametrize("people", [(), (face("identified"),), (face("looking"),)])
@pytest.mark.parametrize(("heating", "told"), [(200, State.OK), (400, State.DEGRADED)])
def test_a_hot_machine_is_slowed_before_the_firmware_does_it(people, heating, told):
    machine = Machine(heating=heating)
    assert machine.ambient + heating * (machine.frame_s + machine.glance_s) * FPS > HOT_C, "it would get there"
    machine.run(3600, people)
    assert max(machine.temperatures) < HOT_C
    assert 2 <= machine.rates[-1] < FPS
    assert max(machine.rates[-100:]) - min(machine.rates[-100:]) < 0.2, "it finds its pace, and stays there"
    assert machine.governor.part().state is told


def test_it_goes_on_at_full_pace_when_it_is_cool_again():
    machine = Machine(heating=400).run(3600)
    machine.ambient = -80.0
    machine.run(1800)
    assert machine.rates[-1] == FPS
    assert machine.governor.part().state is State.OK


def test_a_processor_that_is_held_back_although_less_hot_gets_the_least_to_do():
    machine = Machine(heating=200, soft_limit=70.5)
    machine.run(1800)
    assert min(machine.rates) < 5
    assert machine.temperature < 71


def test_a_weak_power_supply_does_not_slow_a_cool_one():
    machine = Machine(soft_limit=-100.0).run(600)
    assert set(machine.rates) == {FPS}


def test_a_machine_that_tells_no_temperature_keeps_its_pace():
    governor = Governor(SimpleNamespace(now=SETTINGS))
    pace = governor.pace()
    for second in range(100):
        governor.turn(Reading(float(second), 0.5 * second, None, held_back=False))
    assert pace.fps(SETTINGS.camera) == FPS


def test_a_camera_slower_than_the_least_is_left_alone():
    machine = Machine(share=0.01, heating=1000).run(1200)
    assert machine.pace.fps(replace(SETTINGS.camera, fps=0.5)) == 0.5


def test_cameras_share_the_processor_and_each_has_its_visitors():
    machine = Machine(share=0.08)
    other = machine.governor.pace()
    machine.run(1800)
    other.saw([face("looking")], machine.now_s)
    assert other.fps(SETTINGS.camera) == FPS
    assert machine.pace.fps(SETTINGS.camera) < FPS


def test_this_machine_is_read():
    first, second = read(1.0), read(2.0)
    assert second.cpu_s >= first.cpu_s >= 0
    assert second.now_s == 2.0
