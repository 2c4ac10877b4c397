import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** What a server of SCRAM knows of its one user, and says in an exchange. */
export interface ScramAccount {
  readonly hash: 'sha1' | 'sha256' | 'sha512';
  readonly user: string;
  readonly password: string;
  readonly salt: Buffer;
  readonly iterations: number;
  /** What it puts after the client's nonce. */
  readonly nonce: string;
}

/** The client's last message: the channel binding, the nonce and the proof. */
const FINAL = /^(c=biws,r=([^,]+)),p=([^,]+)$/;

/** The server's side of one exchange (RFC 5802 §3 and §5), which keeps no password but what was made of it. */
export class ScramServer {
  readonly #account: Omit<ScramAccount, 'password'>;
  readonly #storedKey: Buffer;
  readonly #serverKey: Buffer;
  #nonce = '';
  /** The messages up to the client's last one, as both sides sign them. */
  #said = '';

  constructor({ password, ...account }: ScramAccount) {
    const { hash, salt, iterations } = account;
    this.#account = account;
    const saltedPassword = pbkdf2Sync(password, salt, iterations, createHash(hash).digest().length, hash);
    const clientKey = this.#hmac(saltedPassword, 'Client Key');
    this.#storedKey = createHash(hash).update(clientKey).digest();
    this.#serverKey = this.#hmac(saltedPassword, 'Server Key');
  }

  /** Answers the client's first message; `undefined` if it is not as it must be, or another user's. */
  first(message: Uint8Array): Buffer | undefined {
    const { user, salt, iterations, nonce } = this.#account;
    const [, bare, name, theirs] = /^n,,(n=([^,]+),r=([!-+\--~]+))$/.exec(Buffer.from(message).toString()) ?? [];
    const meant = name?.replace(/=(2C|3D)/g, (sequence) => (sequence === '=2C' ? ',' : '='));
    if (meant !== user || /=(?!2C|3D)/.test(name as string)) {
      return undefined;
    }
    this.#nonce = `${theirs}${nonce}`;
    const reply = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`;
    this.#said = `${bare},${reply}`;
    return Buffer.from(reply);
  }

  /** Answers the client's last message; `undefined` if it does not prove that it knows the password. */
  final(message: Uint8Array): Buffer | undefined {
    const [, bare, nonce, proof] = FINAL.exec(Buffer.from(message).toString()) ?? [];
    const signature = this.#hmac(this.#storedKey, `${this.#said},${bare}`);
    const clientKey = Buffer.from(proof ?? '', 'base64').map((byte, place) => byte ^ (signature[place] ?? 0));
    const isProved = createHash(this.#account.hash).update(clientKey).digest().equals(this.#storedKey);
    return nonce === this.#nonce && isProved ? this.sign(message) : undefined;
  }

  /** What it says at the end to prove that it knows the password, whether the client has proved it or not. */
  sign(message: Uint8Array): Buffer {
    const [, bare] = FINAL.exec(Buffer.from(message).toString()) ?? [];
    return Buffer.from(`v=${this.#hmac(this.#serverKey, `${this.#said},${bare}`).toString('base64')}`);
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#account.hash, key).update(text).digest();
  }
}
