import assert from 'node:assert/strict';
import { StopRequests, type StopLevel } from '../../../src/runs/stop-requests/index.ts';

function requests(): { stops: StopRequests; levels: StopLevel[] } {
  const levels: StopLevel[] = [];
  return { stops: new StopRequests((level) => levels.push(level)), levels };
}

describe('requests to stop', () => {
  it('Ctrl-C: stop, then emergency stop of an armed robot, then exit', () => {
    const { stops, levels } = requests();
    let emergencies = 0;
    stops.handleEmergency(() => emergencies++);
    stops.escalate('stop');
    assert.equal(stops.signal.aborted, true);
    assert.equal(emergencies, 0);
    stops.escalate('stop');
    assert.equal(emergencies, 1);
    stops.escalate('stop');
    assert.deepEqual(levels, ['stop', 'emergency', 'exit']);
  });

  it('SIGTERM parks; a further request stops there, and only the next one is an emergency stop', () => {
    const { stops, levels } = requests();
    stops.handleEmergency(() => undefined);
    stops.escalate('park');
    stops.escalate('stop');
    assert.equal(stops.level, 'stop');
    stops.escalate('park');
    assert.deepEqual(levels, ['park', 'stop', 'emergency']);
  });

  it('with nothing armed the second request exits', () => {
    const { stops, levels } = requests();
    const remove = stops.handleEmergency(() => assert.fail('not armed any more'));
    stops.escalate('park');
    remove();
    stops.escalate('park');
    assert.deepEqual(levels, ['park', 'exit']);
  });

  it('the control socket may repeat its request without an effect, and cannot lower the level', () => {
    const { stops, levels } = requests();
    stops.handleEmergency(() => assert.fail('no emergency was requested'));
    stops.request('stop');
    stops.request('stop');
    stops.request('park');
    assert.deepEqual(levels, ['stop']);
  });

  it('a robot that is armed after an emergency stop is stopped at once', () => {
    const { stops } = requests();
    stops.handleEmergency(() => undefined);
    stops.escalate('stop');
    stops.escalate('stop');
    let stopped = false;
    stops.handleEmergency(() => (stopped = true));
    assert.equal(stopped, true);
  });
});
