"""The cable between a phone and Asterisk: what is said through it is passed on, until somebody pulls it out."""

import asyncio


class _End(asyncio.DatagramProtocol):
    def __init__(self, cable: "Cable", *, is_phone_side: bool) -> None:
        self._cable = cable
        self._is_phone_side = is_phone_side

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._cable.pass_on(data, addr, from_phone=self._is_phone_side)


class Cable:
    """For the signalling of one phone, which takes `address` for the server."""

    def __init__(self, server_port: int) -> None:
        self.is_plugged_in = True
        self._server = ("127.0.0.1", server_port)
        self._phone: tuple[str, int] | None = None

    async def lay(self) -> str:
        """The address."""
        loop = asyncio.get_running_loop()
        self._near, _ = await loop.create_datagram_endpoint(
            lambda: _End(self, is_phone_side=True), local_addr=("127.0.0.1", 0)
        )
        self._far, _ = await loop.create_datagram_endpoint(
            lambda: _End(self, is_phone_side=False), local_addr=("127.0.0.1", 0)
        )
        host, port = self._near.get_extra_info("sockname")
        return f"{host}:{port}"

    def pass_on(self, data: bytes, addr: tuple[str, int], *, from_phone: bool) -> None:
        if from_phone:
            self._phone = addr
        if self.is_plugged_in and from_phone:
            self._far.sendto(data, self._server)
        elif self.is_plugged_in and self._phone:
            self._near.sendto(data, self._phone)

    def close(self) -> None:
        self._near.close()
        self._far.close()
