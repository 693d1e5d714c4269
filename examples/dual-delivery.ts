console.log("runferry");
