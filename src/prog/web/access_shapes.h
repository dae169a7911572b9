/* prog/web/access_shapes.h: providers and credentials as JSON, and what the provider's and the vendor's
 * interface share about them. */
#ifndef HOLDFAST_PROG_WEB_ACCESS_SHAPES_H
#define HOLDFAST_PROG_WEB_ACCESS_SHAPES_H

#include "prog/web/routes.h"
#include "prog/web/shape.h"

/* Over struct provider: as answered, as its owner and as the vendor may change it. */
extern const struct shape access_provider_shape, access_card_shape, access_terms_shape;

/* Over struct credential: as answered and as asked for. */
extern const struct shape access_credential_shape, access_request_shape;

struct access_list {
	json_t *credentials;
};
extern const struct shape access_list_shape;

/* A credential just made, with its secret. */
struct access_new {
	struct credential credential;
	char secret[TOKEN_SIZE];
};
extern const struct shape access_new_shape;

/* Answer for one provider's credentials of this kind; access_api.c. */
void access_answer_list(struct call *c, const char *provider, enum credential_kind kind);
void access_answer_new(struct call *c, const char *provider, enum credential_kind kind);
/* A key of a provider that nobody could ask for yet. */
void access_answer_first(struct call *c, const char *provider);
void access_answer_revoked(struct call *c, const char *provider, const char *id, enum credential_kind kind);

#endif
