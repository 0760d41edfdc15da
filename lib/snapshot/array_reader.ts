// ArrayReader takes one array after the other out of the bytes of a snapshot.

export class ArrayReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A copy, since an array in the middle of the bytes need not be aligned. */
  take<T extends ArrayBufferView>(
    type: { readonly BYTES_PER_ELEMENT: number; new (length: number): T },
    length: number,
  ): T {
    const size = length * type.BYTES_PER_ELEMENT;
    if (size > this.left) throw new RangeError(`${this.left} bytes are left, wanted ${size}`);
    const array = new type(length);
    new Uint8Array(array.buffer).set(this.#bytes.subarray(this.#at, this.#at + size));
    this.#at += size;
    return array;
  }
}
