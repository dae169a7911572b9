/* crypto/password.c: see password.h. */
#include "crypto/password.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_argon2id_STRBYTES, "what libsodium writes");

enum err
password_hash(const char *password, char out[static PASSWORD_HASH_SIZE])
{
	char made[PASSWORD_HASH_SIZE];

	assert(sodium_init() >= 0);
	if (strlen(password) > PASSWORD_MAX)
		return ERR_LIMIT;
	/* Memory is all that it can lack. */
	if (crypto_pwhash_argon2id_str(made, password, strlen(password), PASSWORD_OPERATIONS, PASSWORD_MEMORY) != 0)
		return ERR_NOMEM;
	memcpy(out, made, sizeof made);
	return ERR_NONE;
}

/* The same work for nobody. */
static enum err
check_nobody(const char *password)
{
	char hash[PASSWORD_HASH_SIZE];
	enum err e = password_hash(password, hash);

	return e == ERR_NONE ? ERR_DENIED : e;
}

enum err
password_check(const char *hash, const char *password)
{
	char whole[PASSWORD_HASH_SIZE] = "";

	assert(sodium_init() >= 0);
	if (strlen(password) > PASSWORD_MAX || strlen(hash) >= sizeof whole)
		return ERR_DENIED;
	if (hash[0] == '\0')
		return check_nobody(password);
	/* libsodium reads all of its buffer. */
	memcpy(whole, hash, strlen(hash));
	errno = 0;
	if (crypto_pwhash_argon2id_str_verify(whole, password, strlen(password)) == 0)
		return ERR_NONE;
	return errno == ENOMEM ? ERR_NOMEM : ERR_DENIED;
}
