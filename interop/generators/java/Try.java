import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.api.MigrationLinkApi;
import org.openapitools.client.model.ApiError;
import org.openapitools.client.model.LinkRequest;

/** Calls the stand-in with the client that openapi-generator made, signed in with an access token. */
public class Try {
    public static void main(String[] args) throws ApiException {
        String org = System.getenv("ORG");
        ApiClient client = new ApiClient();
        client.setBasePath(System.getenv("BASE"));
        client.setAccessToken(System.getenv("TOKEN"));
        MigrationLinkApi api = new MigrationLinkApi(client);
        LinkRequest request = new LinkRequest().linkToken("the token that Atlas showed");
        System.out.println("connect " + api.connect(org, request, null).getStatus());
        System.out.println("status " + api.status(org, null).getStatus());
        System.out.println("disconnect " + api.disconnectWithHttpInfo(org, null).getStatusCode());
        try {
            api.disconnect(org, null);
        } catch (ApiException e) {
            String code = JSON.getGson().fromJson(e.getResponseBody(), ApiError.class).getErrorCode();
            System.out.println("disconnect " + e.getCode() + " " + code);
        }
    }
}
