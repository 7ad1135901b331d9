// Half precision (IEEE 754 binary16), which graphs may answer in.

/** The numbers whose binary16 bit patterns are given; exact, since float32 holds every binary16. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  return new Float32Array(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}
