import { describeBackend, toyFileSubject, toyServerSubject } from "@runferry/testkit";

describeBackend(toyFileSubject);
describeBackend(toyServerSubject);
