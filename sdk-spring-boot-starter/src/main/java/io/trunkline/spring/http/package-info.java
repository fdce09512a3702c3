/** RestClient, RestTemplate and HTTP service groups over OkHttp and Trunkline. */
package io.trunkline.spring.http;
