/**
 * Starts the specs that take longest first, so that none of them is left over for one worker while the others have nothing
 * to do. Jest does so itself once it has seen how long each takes; at first it knows only how long their files are.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

const longest = [
  'soak/soak',
  'live/states',
  'drivers/remote/chaos',
  'live/same-story',
  'live/forward-story',
  'live/load',
  'collector/killed-processes',
  'drivers/remote/event-feed',
  'docs/examples',
  'drivers/remote/hostile-daemon',
  'package/harnesses',
  'package/package',
  'cli/command',
  'bench/bench',
  'drivers/remote/transport/relay',
  'drivers/remote/daemon-session',
  'cli/streams',
  'package/api-reference',
  'package/set-up',
  'xml/growth',
];

/** Its place among the longest; behind them all for any other, and for one that Jest knows. */
function placeOf({ path, duration }) {
  const place = longest.findIndex((name) => duration === undefined && path.endsWith(`${name}.spec.ts`));
  return place === -1 ? longest.length : place;
}

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => placeOf(one) - placeOf(other));
  }
};
