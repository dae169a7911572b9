/* crypto/random.h: unpredictable bytes and names, over libsodium. */
#ifndef HOLDFAST_CRYPTO_RANDOM_H
#define HOLDFAST_CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_fill(uint8_t *out, size_t n);

/* A number below ${bound}, each equally likely. */
uint32_t random_below(uint32_t bound);

/* Lower-case letters and digits without look-alikes, 5 bits each, into ${out} with a NUL. */
void random_name(char *out, size_t letters);

/* Wipe a secret so that the compiler cannot leave it out. */
void random_forget(void *p, size_t n);

#endif
