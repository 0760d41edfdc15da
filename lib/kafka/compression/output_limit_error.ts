/** The decompressed data would exceed the limit. */
export class OutputLimitError extends RangeError {
  override readonly name = "OutputLimitError";
  constructor(readonly limitBytes: number, options?: ErrorOptions) {
    super(`decompresses to more than ${limitBytes} bytes`, options);
  }
}
