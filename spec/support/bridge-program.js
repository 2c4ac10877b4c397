/**
 * A program for the transport `ext`: its standard input and output are a connection to a unix socket, `PATH`. It ends when
 * either side does.
 */
const { connect } = require('node:net');

const socket = connect(process.argv[2]);
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('error', () => process.exit(1)).on('close', () => process.exit());
