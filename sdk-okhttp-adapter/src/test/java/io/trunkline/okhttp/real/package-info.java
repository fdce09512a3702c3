/** The adapter between real clients and real servers, beside OkHttp as it is. */
package io.trunkline.okhttp.real;
