/** Jest's environment for Node, in which no test of a file runs any more once one has failed. */
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  #hasFailure = false;

  handleTestEvent = ({ name, test }) => {
    if (name === 'test_done') {
      this.#hasFailure ||= test.errors.length > 0;
    } else if (name === 'test_start' && this.#hasFailure) {
      test.mode = 'skip';
    }
  };
};
