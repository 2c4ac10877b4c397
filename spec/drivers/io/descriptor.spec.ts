import fs from 'node:fs';
import { closeDescriptor } from '../../../lib/drivers/io/descriptor';

describe('a descriptor', () => {
  const close = jest.spyOn(fs, 'closeSync').mockImplementation(() => {});
  afterEach(() => close.mockClear());
  afterAll(() => close.mockRestore());

  it.each([0, 1, 2])('of the standard three, %i, is left open', (fd) => {
    closeDescriptor(fd);
    expect(close).not.toHaveBeenCalled();
  });

  it.each([3, 4, 100])('above them, %i, is closed', (fd) => {
    closeDescriptor(fd);
    expect(close).toHaveBeenCalledWith(fd);
  });

  it('that is closed already is none of anybody’s business', () => {
    close.mockImplementationOnce(() => {
      throw Object.assign(new Error('bad file descriptor'), { code: 'EBADF' });
    });
    expect(() => closeDescriptor(3)).not.toThrow();
  });
});
