package io.narfi.http;

import java.io.IOException;

/** What an {@link Exchange} asks of its connection; called on the handler's thread. */
interface ExchangeLink {
    /** There is room for more of the body. */
    void resume();

    /**
     * Takes HTTP out of the connection, sends {@code head}, and passes bytes on from there.
     *
     * @return what the client sends from now on
     * @throws io.narfi.common.ApiException 400 if the connection cannot be switched
     */
    BodyQueue takeOver(String head) throws IOException;
}
