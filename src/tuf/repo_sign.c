/* tuf/repo_sign.c: see repo_sign.h. */
#include "tuf/repo_sign.h"

#include "codec/json.h"

struct of_role {
	const struct tuf_root *root;
	enum tuf_role role;
};

static bool
is_of_role(void *ctx, const char *id)
{
	const struct of_role *of = ctx;

	return tuf_root_lists(of->root, of->role, id);
}

enum err
tuf_repo_sign(const struct tuf_keyring *ring, const struct tuf_root *root, enum tuf_role role,
    json_t *body, struct buf *out, struct fault *why)
{
	struct of_role of = { root, role };
	json_t *signatures = json_array(), *whole = NULL;
	struct buf canonical;
	size_t made;
	enum err e;

	buf_init(&canonical, tuf_role_max(role));
	if ((e = json_write_canonical(body, &canonical)) == ERR_NONE)
		whole = json_pack("{s:O, s:O}", "signatures", signatures, "signed", body);
	if (whole == NULL) {
		e = fault_set(why, e == ERR_NONE ? ERR_NOMEM : e, "cannot write %s metadata",
		    tuf_role_name(role));
		goto done;
	}
	if ((e = tuf_signer_sign(ring, role, buf_bytes(&canonical), is_of_role, &of,
		 tuf_root_threshold(root, role), signatures, &made, why)) != ERR_NONE)
		goto done;
	if (made < tuf_root_threshold(root, role))
		e = fault_set(why, ERR_NOT_FOUND,
		    "%zu of the %zu keys that must sign %s metadata are here", made,
		    tuf_root_threshold(root, role), tuf_role_name(role));
	else if ((e = json_write(whole, out)) != ERR_NONE)
		fault_set(why, e, "cannot write %s metadata: %s", tuf_role_name(role), err_name(e));
done:
	json_decref(whole);
	json_decref(signatures);
	buf_fini(&canonical);
	return e;
}
