/** Decompression was given up because more would have come out than its limit allows. */
export class OutputLimitError extends RangeError {
  override readonly name = "OutputLimitError";
  constructor(readonly limitBytes: number, options?: ErrorOptions) {
    super(`decompresses to more than ${limitBytes} bytes`, options);
  }
}
