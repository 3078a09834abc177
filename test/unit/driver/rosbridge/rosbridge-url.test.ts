import assert from 'node:assert/strict';
import { parseRosbridgeUrl } from '../../../../src/driver/index.ts';

describe('A rosbridge URL', () => {
  it('is a host and a port; without a ROS version it is detected', () => {
    assert.deepEqual(parseRosbridgeUrl('rosbridge://robot.local:9091'), {
      webSocketUrl: 'ws://robot.local:9091',
      stateTopic: '/joint_states',
      commandTopic: null,
      commandType: 'multiarray',
      rosVersion: null,
      encoding: 'json',
      throttleMs: 0,
    });
  });

  it('has port 9090 by default, and accepts 80', () => {
    assert.equal(parseRosbridgeUrl('rosbridge://10.0.0.7').webSocketUrl, 'ws://10.0.0.7:9090');
    assert.equal(parseRosbridgeUrl('rosbridge://10.0.0.7:80').webSocketUrl, 'ws://10.0.0.7:80');
    assert.equal(parseRosbridgeUrl('rosbridges://10.0.0.7/bridge').webSocketUrl, 'wss://10.0.0.7:9090/bridge');
    assert.equal(parseRosbridgeUrl('rosbridge://[::1]:9090').webSocketUrl, 'ws://[::1]:9090');
  });

  it('specifies topics, type, version, encoding and throttle', () => {
    const url =
      'rosbridge://h:1?state=/arm/joint_states&command=/arm/command&type=trajectory&ros=1&encoding=cbor&throttle=5';
    assert.deepEqual(parseRosbridgeUrl(url), {
      webSocketUrl: 'ws://h:1',
      stateTopic: '/arm/joint_states',
      commandTopic: '/arm/command',
      commandType: 'trajectory',
      rosVersion: 1,
      encoding: 'cbor',
      throttleMs: 5,
    });
  });

  for (const [url, names] of [
    ['rosbridge:robot', /is not a rosbridge:\/\/HOST:PORT URL/],
    ['ws://robot:9090', /is not a rosbridge:\/\/HOST:PORT URL/],
    ['rosbridge://', /is not a rosbridge/],
    ['rosbridge://user:secret@robot', /must not contain user or password/],
    ['rosbridge://robot?topic=/a', /unknown "topic"/],
    ['rosbridge://robot?stat=/a', /did you mean state/],
    ['rosbridge://robot?state=/a&state=/b', /state is given twice/],
    ['rosbridge://robot?ros=3', /ros is "3"; allowed: 2 or 1/],
    ['rosbridge://robot?type=array', /allowed: multiarray or trajectory/],
    ['rosbridge://robot?encoding=bson', /allowed: json or cbor/],
    ['rosbridge://robot?state=/a//b', /is not a valid ROS topic name/],
    ['rosbridge://robot?command=', /is not a valid ROS topic name/],
    ['rosbridge://robot?throttle=fast', /an integer from 0 to 9999/],
    ['rosbridge://robot#top', /must not contain a fragment/],
  ] as const) {
    it(`rejects ${url}`, () => {
      assert.throws(
        () => parseRosbridgeUrl(url),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'E_USAGE');
          assert.match(error.message, names);
          assert.ok(!error.message.includes('secret'));
          return true;
        },
      );
    });
  }
});
